"""Who may use the console: people, their roles, invitations."""
