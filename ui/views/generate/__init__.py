"""What the page pages/generate.py shows."""
