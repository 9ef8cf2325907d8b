"""What is kept cannot be changed: not by the workers, not by readers, not by the owner."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from infra.embedded.postgres import APP_ROLE, AUDIT_ROLE, OWNER_ROLE, SUPERUSER, EmbeddedPostgres
from infra.ledger.writer import PostgresLedger
from infra.postgres.migrate import newest, upgrade
from schemas.ledger import AppendRequest
from tests.ledger.cases import whole_case

TABLES = ("ledger.event", "ledger.sealed_field", "catalogue.version", "identity.subject_key")
CHANGES = (
    "DELETE FROM {}",
    "TRUNCATE {} CASCADE",
    "UPDATE ledger.event SET canonical = canonical",
    "UPDATE ledger.sealed_field SET ciphertext = ciphertext",
    "UPDATE catalogue.version SET content = content",
    "UPDATE identity.subject_key SET subject_ref = subject_ref || ''",
    "INSERT INTO ledger.event SELECT * FROM ledger.event ON CONFLICT (event_id) DO UPDATE SET type = 'x'",
    "MERGE INTO ledger.event e USING ledger.event f ON e.event_id = f.event_id WHEN MATCHED THEN DELETE",
)
EMPTY = ", '{}'"
NOTHING = f"SELECT ledger.append_events('s', 'a', 'r', 'r' {EMPTY * 10})"


@pytest.fixture
async def filled(database: asyncpg.Pool, ledger: PostgresLedger, owner: asyncpg.Pool) -> None:
    await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole_case("T-1")))
    await database.execute(
        "INSERT INTO catalogue.version (version, digest, effective_from, content)"
        " VALUES ('c1', $1, '2025-01-01', '{}')",
        "ab" * 32,
    )
    await owner.execute("SELECT identity.destroy_keys(ARRAY(SELECT subject_ref FROM identity.subject_key))")


async def counts(pool: asyncpg.Pool) -> list[int]:
    return [await pool.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES]


@pytest.mark.parametrize("role", [APP_ROLE, AUDIT_ROLE, OWNER_ROLE, SUPERUSER])
async def test_no_role_changes_what_is_kept(
    postgres: EmbeddedPostgres, database_name: str, filled: None, admin: asyncpg.Pool, role: str
) -> None:
    before = await counts(admin)
    assert all(before)
    connection = await asyncpg.connect(postgres.dsn(role, database_name))
    try:
        if role == SUPERUSER:
            await connection.execute("SET session_replication_role = replica")
        for change in CHANGES:
            for table in TABLES if "{}" in change else ("",):
                with pytest.raises(asyncpg.PostgresError) as refused:
                    await connection.execute(change.format(table))
                assert refused.value.sqlstate in ("MZ010", "42501"), change
                assert role in (APP_ROLE, AUDIT_ROLE) or refused.value.sqlstate == "MZ010", change
    finally:
        await connection.close()
    assert await counts(admin) == before


async def test_the_writer_can_only_append_by_the_function(database: asyncpg.Pool, filled: None) -> None:
    for statement in (
        "INSERT INTO ledger.event SELECT * FROM ledger.event",
        "INSERT INTO ledger.sealed_field VALUES (gen_random_uuid(), 'p', 's', '')",
        "INSERT INTO identity.subject_key (subject_ref, wrapped_key) VALUES ('s_' || repeat('0', 32), 'x')",
        "SELECT identity.destroy_keys('{}')",
        "SELECT ledger.check_place(NULL, '', '', '', 0, NULL)",
        "ALTER TABLE ledger.event DISABLE TRIGGER ALL",
        "DROP TABLE ledger.event CASCADE",
        "CREATE TABLE ledger.mine ()",
        "SET ROLE mianzheng_owner",
        "INSERT INTO catalogue.version (version, digest, effective_from, content, published_at)"
        " VALUES ('c2', repeat('a', 64), '2025-01-01', '', '2000-01-01')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.execute(statement)


async def test_the_reader_reads_and_nothing_else(postgres: EmbeddedPostgres, database_name: str, filled: None) -> None:
    connection = await asyncpg.connect(postgres.dsn(AUDIT_ROLE, database_name))
    try:
        for table in (*TABLES, "ledger.current_event"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}")
        for statement in (
            "SELECT identity.ensure_keys('{}', '{}')",
            NOTHING,
            "INSERT INTO catalogue.version (version) VALUES ('c3')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_function_of_the_owner_is_not_misled_by_temporary_objects(
    database: asyncpg.Pool, ledger: PostgresLedger
) -> None:
    """A caller's own ``sha256`` or table ``event`` must not be picked up."""
    async with database.acquire() as connection:
        await connection.execute("CREATE TEMP TABLE event (event_id uuid)")
        await connection.execute("SET search_path = pg_temp, ledger")
        await connection.fetch(
            f"SELECT ledger.append_events('s', 'a', 'r', 'r', $1, '{{0}}', $2, '{{t}}', $3, '{{x}}' {EMPTY * 4})",
            [whole_case("T-1")[0].event_id],
            [None],
            [whole_case("T-1")[0].occurred_at],
        )
        assert await connection.fetchval("SELECT count(*) FROM pg_temp.event") == 0
        await connection.reset()
    assert await database.fetchval("SELECT count(*) FROM ledger.event") == 1


async def test_append_refuses_a_snapshot_taken_before_it_waited(database: asyncpg.Pool) -> None:
    async with database.acquire() as connection:
        with pytest.raises(asyncpg.PostgresError) as refused:
            async with connection.transaction(isolation="repeatable_read"):
                await connection.execute(NOTHING)
        assert refused.value.sqlstate == "MZ006"


async def test_upgrading_again_and_at_once_changes_nothing(postgres: EmbeddedPostgres, owner: asyncpg.Pool) -> None:
    postgres.create_database("upgraded")
    dsn = postgres.dsn(OWNER_ROLE, "upgraded")
    try:
        await asyncio.gather(*(upgrade(dsn) for _ in range(4)))
        await upgrade(dsn)
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval("SELECT string_agg(version_num, ',') FROM migration.version") == newest()
        assert not await connection.fetchval(
            "SELECT count(*) FROM pg_proc WHERE prosecdef AND proowner <> $1::regrole", OWNER_ROLE
        )
        await connection.close()
    finally:
        postgres.drop_database("upgraded")
