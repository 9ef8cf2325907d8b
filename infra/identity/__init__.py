"""Pseudonyms, and the keys by which a person can be erased."""
