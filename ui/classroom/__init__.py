"""What a teacher gets on a page."""
