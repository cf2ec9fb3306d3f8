"""Speed and memory, measured side by side with PyTorch, JAX, scikit-learn and the tutorial's plain code."""
