"""Image processing without a model: preparation, corruption, filters, attributes, export."""
