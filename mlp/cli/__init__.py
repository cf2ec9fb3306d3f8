"""The parts of the command line: arguments, training with progress bars, and data sets."""
