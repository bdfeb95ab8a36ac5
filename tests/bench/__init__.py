"""`make bench`: the portal at its ordinary size, timed on this machine against its targets."""
