"""What the console prints: documents as values, and their forms as page, PDF, spreadsheet and chart. Nothing here knows Django."""
