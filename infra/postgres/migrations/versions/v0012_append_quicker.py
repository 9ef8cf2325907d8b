"""The append with fewer looks."""

from infra.postgres.migrate import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
