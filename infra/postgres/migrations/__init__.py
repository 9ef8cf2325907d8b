"""The versions of the database schema, in order, each a ``.sql`` file to be read."""
