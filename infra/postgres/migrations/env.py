"""Run by alembic: upgrades on the connection, and in the transaction, that ``infra.postgres.migrate`` opened."""

from alembic import context

from infra.postgres.migrate import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    version_table="version",
    version_table_schema=SCHEMA,
)
context.run_migrations()
