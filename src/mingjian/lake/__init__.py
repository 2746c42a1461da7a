"""What many scans found, kept so that a market can be asked about it. See docs/fleet.md."""
