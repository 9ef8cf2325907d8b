"""PostgreSQL: how it is connected to and how its schema is made."""
