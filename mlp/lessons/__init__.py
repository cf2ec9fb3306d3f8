"""What the lessons show, computed by the same code that trains; nothing here needs a screen."""
