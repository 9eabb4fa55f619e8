"""What is done to images without a model: prepared, damaged, filtered, measured, taken away."""
