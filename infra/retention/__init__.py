"""Keeping and destroying: holds, the erasure of persons, and purges, each on an event of the register."""
