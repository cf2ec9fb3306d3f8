"""What pages share."""

from pathlib import Path

PAGE_STYLE = Path(__file__).with_name("page.css")
