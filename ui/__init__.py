"""What pages share: the controls, the address, this browser's run, and the live panel."""

from pathlib import Path

PAGE_STYLE = Path(__file__).with_name("page.css")
