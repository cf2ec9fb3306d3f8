"""A search tries settings within ranges, one run each, and looks for the best."""
