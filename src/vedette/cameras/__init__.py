"""Which cameras exist, where their streams come from, and their sealed credentials."""
