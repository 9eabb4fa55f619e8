"""What the page pages/latent_space.py shows."""
