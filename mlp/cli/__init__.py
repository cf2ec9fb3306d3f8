"""The command line's parts: what may be said, training with bars, and data sets."""
