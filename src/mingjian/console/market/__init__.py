"""The apps on the market and who operates them."""
