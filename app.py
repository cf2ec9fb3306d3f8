"""The server: `streamlit run app.py`. It runs the dashboard, and feeds the live panel past the dashboard's script."""

import streamlit as st
from starlette.middleware import Middleware

from ui.browser import BrowserCookie
from ui.feed import feed_route

app = st.App("dashboard.py", routes=[feed_route()], middleware=[Middleware(BrowserCookie)])
