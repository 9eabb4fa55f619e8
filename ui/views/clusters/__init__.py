"""What the page pages/clusters.py shows."""
