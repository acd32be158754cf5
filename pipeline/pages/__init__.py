"""A dataset as pages of HTML: each report beside its paper, and the archive as one dashboard."""
