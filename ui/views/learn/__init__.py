"""What the page pages/learn.py shows."""
