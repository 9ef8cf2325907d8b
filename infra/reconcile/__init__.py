"""对账: Temporal's histories held against the ledger."""
