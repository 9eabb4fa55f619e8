"""What the page pages/sparsity.py shows."""
