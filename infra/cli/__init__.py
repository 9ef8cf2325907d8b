"""The command line: for operators, auditors and business systems."""
