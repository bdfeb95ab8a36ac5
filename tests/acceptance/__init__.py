"""What the portal must show, end to end, with real parts."""
