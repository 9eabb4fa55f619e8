"""What the page pages/denoise.py shows."""
