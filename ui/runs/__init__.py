"""The Runs page: all runs in one table, their comparison, and new races."""
