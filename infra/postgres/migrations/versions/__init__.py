"""One script and one ``.sql`` file per version, run in the order of their numbers."""
