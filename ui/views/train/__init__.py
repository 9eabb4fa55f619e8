"""What the page pages/train.py shows."""
