"""What the page pages/few_labels.py shows."""
