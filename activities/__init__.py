"""What is done outside: one class for each outside system; clients are injected."""
