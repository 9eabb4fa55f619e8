"""What is done to images without a model: preparation, corruption, filters, measures, export."""
