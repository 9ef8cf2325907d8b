"""Submissions and reports: found in the register by their month."""

from infra.postgres.migrate import run_sql_beside

revision = "0015"
down_revision = "0009"


def upgrade() -> None:
    """Run ``v0015_report.sql``."""
    run_sql_beside(__file__)
