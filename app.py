"""The server: `streamlit run app.py`. It runs the dashboard, and answers components without running its script."""

from functools import partial

import streamlit as st
from starlette.middleware import Middleware

from ui.boundary.feed import boundary_route
from ui.classroom.student import news_route
from ui.classroom.teacher import teacher_routes
from ui.classroom.wall import wall_route
from ui.parts.browser import BrowserCookie
from ui.parts.connections import keep_connections_within_limits
from ui.parts.disconnects import Disconnects
from ui.parts.download import download_route
from ui.parts.gate import gate
from ui.parts.headers import safe_headers
from ui.parts.picture_feed import picture_route
from ui.parts.published import StreamlitsOwn, published_route
from ui.parts.readiness import get_ready
from ui.parts.server import lifespan
from ui.parts.start_page import start_routes
from ui.parts.streamlit_internals import answer_each_message_whole, keep_unsent_messages, serve_only_the_app
from ui.runs.feed import runs_routes
from ui.train.draw_feed import draw_route
from ui.train.feed import feed_route
from ui.train.try_feed import try_route

serve_only_the_app()
answer_each_message_whole()
keep_unsent_messages()
keep_connections_within_limits()
FEEDS = [feed_route(), *runs_routes(), draw_route(), try_route(), boundary_route()]
CLASS = [news_route(), wall_route(), *teacher_routes()]
ROUTES = [*FEEDS, picture_route(), download_route(), published_route(), *CLASS]
AROUND = [safe_headers(), Middleware(StreamlitsOwn), gate()]
MIDDLEWARE = [*AROUND, Middleware(Disconnects), Middleware(BrowserCookie)]
LIFESPAN = partial(lifespan, get_ready)
app = st.App("dashboard.py", routes=[*ROUTES, *start_routes()], middleware=MIDDLEWARE, lifespan=LIFESPAN)
