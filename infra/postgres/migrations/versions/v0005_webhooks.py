"""Outbound events: who wants them, what is owed to whom, and how each try went."""

from infra.postgres.migrate import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
