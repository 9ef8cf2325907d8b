"""What platforms brought: durable before it is handed on."""

from infra.postgres.migrate import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
