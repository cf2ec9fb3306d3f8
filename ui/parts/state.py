"""The names under which pages keep things in Streamlit's session state: one list, so that no two use the same."""

from enum import StrEnum


class Key(StrEnum):
    """What a tab keeps between two runs of its script."""

    CONTROLS = "controls"  # by page
    BROWSER_TOKEN = "browser_token"  # of a browser without cookies
    CLASSROOM = "classroom"  # hidden controls, and whether the page is presented
    CLASSROOM_COMPLAINTS = "classroom_complaints"
    DISMISSED = "dismissed"  # the store's notice that a person has read
    OWN_POINTS = "own_points"  # points added by hand
    LANDSCAPE = "landscape_found"  # the latest loss landscape
