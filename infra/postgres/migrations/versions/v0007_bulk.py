"""Acts on many tasks: the list on which each was looked at before it was done, frozen, and what came of each."""

from infra.postgres.migrate import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
