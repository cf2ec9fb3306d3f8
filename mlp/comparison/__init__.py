"""Runs compared: what differs, and which setting is better."""
