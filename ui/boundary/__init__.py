"""The Boundary page."""
