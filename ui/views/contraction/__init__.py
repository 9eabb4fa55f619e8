"""What the page pages/contraction.py shows."""
