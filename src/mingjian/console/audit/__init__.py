"""Who did what and when, as a chain of digests that shows every later change."""
