"""What templates are told of the privacy policy."""
