"""What the page pages/kl_and_beta.py shows."""
