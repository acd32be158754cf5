"""Readings → report: matrices, fields, entities and findings. Knows text, never sees an image."""
