"""The server: `streamlit run app.py`. It runs the dashboard, and feeds the live panel past the dashboard's script."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from ui.boundary_feed import boundary_route, curves_route
from ui.browser import BrowserCookie
from ui.compare_feed import compare_route
from ui.draw_feed import draw_route
from ui.feed import feed_route
from ui.picture_feed import picture_route
from ui.session import lifespan

# Until st.navigation has run once, Streamlit would otherwise run a page's file alone when a link leads to it.
PagesManager.uses_pages_directory = False
ROUTES = [feed_route(), compare_route(), draw_route(), picture_route(), boundary_route(), curves_route()]
app = st.App("dashboard.py", routes=ROUTES, middleware=[Middleware(BrowserCookie)], lifespan=lifespan)
