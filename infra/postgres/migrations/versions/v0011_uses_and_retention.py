"""Whose data was used, by whom: a projection.  Erasing persons and purging rows, each on a recorded event alone."""

from infra.postgres.migrate import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
