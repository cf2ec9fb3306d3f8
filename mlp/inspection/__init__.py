"""What can be seen in a network: a pure function of it each."""
