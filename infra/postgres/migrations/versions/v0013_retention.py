"""Erasing persons and purging rows: by a role of its own, and only what an event on record says."""

from infra.postgres.migrate import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
