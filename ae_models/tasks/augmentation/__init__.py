"""Data augmentation: a class-conditional VAE enlarges a small training set."""
