"""Times of day as the person at the browser reads them."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def time_in_zone(seconds: float, zone: str | None) -> str:
    """Return a time as it is read in a browser's time zone; without a known one, in the server's."""
    try:
        known = ZoneInfo(zone) if zone else None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a browser may send anything, such as "Etc/Unknown"
        known = None
    return f"{datetime.fromtimestamp(seconds, known):%b %d, %H:%M}"
