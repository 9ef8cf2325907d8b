"""清单: worklists and lists of cases, a read model of the ledger."""
