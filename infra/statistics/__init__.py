"""统计: everything that is counted, a read model of the ledger."""
