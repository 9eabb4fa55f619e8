"""What the page pages/anomalies.py shows."""
