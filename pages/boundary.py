"""The Boundary page: a small network on points in the plane, shown unit by unit while it learns."""

from ui.boundary.controls import controls, run_buttons
from ui.boundary.landscape import landscape_view
from ui.boundary.session import PlaneSession
from ui.boundary.settings import open_address, put_in_address
from ui.boundary.view import follow_settings, panel_view
from ui.parts.notices import show_complaints
from ui.parts.session import own_session

session = own_session(PlaneSession)
open_address(session)
show_complaints(session.complaints, session.complaints.clear)
controls()
put_in_address()
follow_settings(session)
run_buttons(session)
panel_view(session)
if session.run:
    landscape_view(session)
