"""A hold on a person keeps also the rows of the access record that name him and no case."""

from infra.postgres.migrate import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
