"""What all pages share: texts, the frame, errors."""
