"""The mathematics of a multilayer perceptron, from one layer to the whole network."""
