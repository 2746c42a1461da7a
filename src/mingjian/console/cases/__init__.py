"""Rectification cases: events, the state that follows from them, deadlines, documents."""
