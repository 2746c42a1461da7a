"""The fleet and its lake: how runs go, and what a market is asked."""
