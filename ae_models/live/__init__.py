"""One autoencoder trained while somebody watches: from a visitor's choice to weights to keep."""
