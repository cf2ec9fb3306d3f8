"""The Data page: a person's file is previewed, decided about, imported, and listed."""
