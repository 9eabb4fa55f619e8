"""What the Anomalies page shows."""
