"""Caches that several pages share."""
