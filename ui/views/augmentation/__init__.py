"""What the page pages/augmentation.py shows."""
