"""What the web framework finds here: commands."""
