"""What the page pages/bottleneck.py shows."""
