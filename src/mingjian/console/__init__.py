"""The web application: inspections, cases, complaints, public notices, figures.

It calls `scan`, `judge` and `render`; it analyses nothing. docs/console.md is its contract."""
