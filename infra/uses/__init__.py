"""What of a person was used, by whom, when: a projection of the ledger."""
