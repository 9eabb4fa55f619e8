"""What autoencoders are good for, one task a file."""
