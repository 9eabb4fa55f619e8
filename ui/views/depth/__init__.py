"""What the page pages/depth.py shows."""
