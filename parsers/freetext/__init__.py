"""Matrices out of flattened OCR text, which has lines and no boxes."""
