"""Networks that variants and tasks are built of."""
