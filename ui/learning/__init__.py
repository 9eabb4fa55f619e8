"""The guided path: its steps as data, and the live picture of each."""
