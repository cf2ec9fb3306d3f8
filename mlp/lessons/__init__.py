"""What the pages for the classroom show, computed by the very code that trains; no screen is needed for it."""
