"""What of all that was ever practised is learned from: a policy, the rows that it chooses, and why not the others."""
