"""The Merkle log over the feed: its nodes, its signed heads, and where these were placed."""

from infra.postgres.migrate import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
