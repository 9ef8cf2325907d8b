"""Statistics: everything that is counted, as a projection of the ledger that can be built anew at any time."""

from infra.postgres.migrate import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
