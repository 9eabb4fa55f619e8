"""What the page pages/morph.py shows."""
