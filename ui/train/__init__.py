"""The Train page: one run, and the views of its network."""
