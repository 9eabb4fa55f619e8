"""Controls and composed elements that several pages share."""
