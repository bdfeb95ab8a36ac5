"""Pages of sign-in, one's own account, and people for admins."""
