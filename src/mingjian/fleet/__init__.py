"""Scanning many subjects: what lies where, who scans it, and what came of it. See docs/fleet.md."""
