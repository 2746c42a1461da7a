"""Run files made of other files: written, checked, joined, stripped of what is personal, corrected by a reviewer."""
