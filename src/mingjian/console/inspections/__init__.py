"""Inspections: files in, reports out, what people decided about each finding."""
