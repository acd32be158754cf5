"""Scan → readings: pages, ruled grids, cells, and what stands in them. Knows pixels, knows nothing of entities."""
