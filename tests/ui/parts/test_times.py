"""Times are shown in the browser's time zone, which it may say wrongly."""

from ui.parts.times import time_in_zone


def test_a_time_is_the_browsers_also_if_its_zone_is_unknown() -> None:
    noon = 12 * 3600.0
    assert time_in_zone(noon, "Asia/Tokyo") == "Jan 01, 21:00"
    for unknown in ("Etc/Unknown", "../etc/passwd", "America", "\0", "x" * 5000):
        assert time_in_zone(noon, unknown) == time_in_zone(noon, None)
