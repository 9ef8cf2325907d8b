"""Who wanted to see or do what, and who may act for whom."""

from infra.postgres.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
