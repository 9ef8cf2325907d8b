"""Whose data was used, by whom: the projection of uses and looks."""

from infra.postgres.migrate import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
