"""What pages share."""

from pathlib import Path

PAGE_STYLES = [Path(__file__).with_name(f"{name}.css") for name in ("page", "fingers", "print", "contrast")]
