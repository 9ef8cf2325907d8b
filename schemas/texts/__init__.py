"""Texts for people, one file per language, by stable code."""
