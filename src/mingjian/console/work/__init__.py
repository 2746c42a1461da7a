"""Work that a page does not wait for."""
