"""Live training of one autoencoder: from a visitor's configuration to weights to download."""
