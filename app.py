"""The server: `streamlit run app.py`. It runs the dashboard, and answers components without running its script."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from ui.boundary.feed import boundary_route
from ui.parts.browser import BrowserCookie
from ui.parts.disconnects import Disconnects
from ui.parts.picture_feed import picture_route
from ui.parts.server import lifespan
from ui.parts.start_page import start_routes
from ui.runs.feed import compare_route
from ui.runs.line_feed import line_route
from ui.train.draw_feed import draw_route
from ui.train.feed import feed_route

# Until st.navigation has run once, Streamlit would otherwise run a page's file alone when a link leads to it.
PagesManager.uses_pages_directory = False
ROUTES = [feed_route(), compare_route(), draw_route(), picture_route(), line_route(), boundary_route()]
MIDDLEWARE = [Middleware(Disconnects), Middleware(BrowserCookie)]
app = st.App("dashboard.py", routes=[*ROUTES, *start_routes()], middleware=MIDDLEWARE, lifespan=lifespan)
