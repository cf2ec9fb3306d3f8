"""The dashboard's parts: one folder a page, and what pages share."""
