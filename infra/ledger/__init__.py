"""台账: the record of every case, append-only, sealed and verifiable."""
