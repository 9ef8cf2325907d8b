"""The register has no branches; its submissions and reports are found by their month."""

from infra.postgres.migrate import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
