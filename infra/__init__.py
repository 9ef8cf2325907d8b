"""The outside: as a floor (clients, stores, wire dialects) and as doors (command line, embedded stack)."""
