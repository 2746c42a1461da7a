"""Figures over a half-year and the report made of them."""
