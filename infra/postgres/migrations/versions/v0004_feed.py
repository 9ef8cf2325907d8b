"""The feed: every event of the ledger in one dense order, and how far each consumer of it has come."""

from infra.postgres.migrate import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
