"""Purging: exactly what was put on record goes, nothing younger and nothing held, and never the ledger."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from infra.identity.access_record import AccessRecord, Entry
from infra.retention.holds import HoldRefused, place, release
from schemas.authority import Action, Answer, Principal, Role
from schemas.erasure import HoldGround, HoldPlaced, PurgeClass, Purged
from schemas.retention import Retention
from tests.ledger.cases import APPLICANT, SPOUSE
from tests.retention.archive import LONG_AFTER, Archive

AUDITOR = Principal(principal_id="a-1", roles=(Role.AUDITOR,))
OLD = LONG_AFTER - timedelta(days=Retention().access_record_days + 2)
CUT = Retention().cut_off(PurgeClass.ACCESS_RECORD, LONG_AFTER)


@pytest.fixture
def archive(archive: Archive) -> Archive:
    """At a time when even the database's own clock agrees that the rows are old."""
    archive.now = datetime.now(LONG_AFTER.tzinfo)
    return archive


async def looked(archive: Archive, *rows: tuple[str | None, timedelta]) -> None:
    async with AccessRecord(archive.world.pool, archive.world.ledger, "gateway") as record:
        for number, before in rows:
            await record.note(Entry(Action.TRAIL, Answer.GRANTED, "", AUDITOR, number, at=archive.now - before))


async def numbers(pool: asyncpg.Pool) -> list[str | None]:
    return [row["application_no"] for row in await pool.fetch("SELECT application_no FROM access.entry ORDER BY at")]


def hold(number: str, **scope: str) -> HoldPlaced:
    return HoldPlaced.model_validate(
        {"hold_id": number, "ground": HoldGround.INSPECTION, "order": "查1号", "by": "gh-3", "reason": "检查"} | scope
    )


YEARS = timedelta(days=Retention().access_record_days + 2)


async def test_only_what_is_old_and_under_no_hold_goes_and_the_record_proves_it(
    archive: Archive, admin: asyncpg.Pool
) -> None:
    await archive.world.add("A-1")
    await archive.read()
    await looked(archive, ("B-1", YEARS + timedelta(days=1)), ("C-1", YEARS), (None, YEARS), ("A-1", YEARS))
    await looked(archive, ("B-1", timedelta(days=179)), ("HELD", YEARS), ("C-1", timedelta(0)))
    await place(archive.orders, hold("H-1", application_no="HELD"))
    await place(archive.orders, hold("H-2", subject_ref=APPLICANT))
    rows = await admin.fetch(
        "SELECT row_to_json(e)::text AS told FROM access.entry e WHERE at < $1 AND coalesce(application_no, '') NOT IN"
        " ('A-1', 'HELD') ORDER BY at, entry_id",
        Retention().cut_off(PurgeClass.ACCESS_RECORD, archive.now),
    )
    [purged] = await archive.purges().purge(PurgeClass.ACCESS_RECORD, "gh-1")
    assert (purged.count, purged.held) == (3, ("A-1", "HELD", APPLICANT))
    whole = b"".join(hashlib.sha256(row["told"].encode()).digest() for row in rows)
    assert purged.digest == hashlib.sha256(whole).hexdigest(), "whoever kept the rows can show that these went"
    assert sorted(await numbers(archive.world.pool), key=str) == ["A-1", "B-1", "C-1", "HELD"]
    assert await archive.types("purge") == ["purged"]
    assert await archive.purges().purge(PurgeClass.ACCESS_RECORD, "gh-1") == ()
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await admin.execute("DELETE FROM access.entry")
    enabled = "SELECT tgenabled FROM pg_trigger WHERE tgname = 'append_only' AND tgrelid = 'access.entry'::regclass"
    assert await admin.fetchval(enabled) == b"A", "for everybody, as before"
    looks = await archive.world.pool.fetchval("SELECT count(*) FROM ledger.event WHERE type = 'looks_recorded'")
    assert looks > 0, "the ledger keeps every look"
    await release(archive.orders, "H-1", "查2号", "gh-3")
    [more] = await archive.purges().purge(PurgeClass.ACCESS_RECORD, "gh-1")
    assert (more.count, more.held) == (1, ("A-1", APPLICANT))


async def test_much_goes_in_portions(archive: Archive) -> None:
    await looked(archive, *((f"B-{n}", YEARS) for n in range(25)))
    done = await archive.purges(limit=10).purge(PurgeClass.ACCESS_RECORD, "gh-1")
    assert [body.count for body in done] == [10, 10, 5]
    assert not await numbers(archive.world.pool)


async def test_what_was_recorded_and_not_removed_is_removed_the_next_time(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await looked(archive, ("B-1", YEARS), ("B-2", YEARS))

    async def die(*_: object) -> bool:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr("infra.retention.purging.Purges._remove", die)
        with pytest.raises(ConnectionResetError):
            await archive.purges().purge(PurgeClass.ACCESS_RECORD, "gh-1")
    assert len(await numbers(archive.world.pool)) == 2
    [purged] = await archive.purges().purge(PurgeClass.ACCESS_RECORD, "gh-1")
    assert purged.count == 2 and not await numbers(archive.world.pool)
    assert await archive.types("purge") == ["purged"], "the record of the first call counts"


async def test_a_hold_that_came_after_the_record_of_a_purge_keeps_its_rows(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await looked(archive, ("B-1", YEARS), ("HELD", YEARS))

    async def die(*_: object) -> bool:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr("infra.retention.purging.Purges._remove", die)
        with pytest.raises(ConnectionResetError):
            await archive.purges().purge(PurgeClass.ACCESS_RECORD, "gh-1")
    await place(archive.orders, hold("H-1", application_no="HELD"))
    [purged] = await archive.purges().purge(PurgeClass.ACCESS_RECORD, "gh-1")
    assert (purged.count, purged.held) == (1, ("HELD",))
    assert await numbers(archive.world.pool) == ["HELD"]


async def test_what_is_held_of_a_person_stays_without_a_relay_and_where_no_case_is_named(archive: Archive) -> None:
    await archive.world.add("A-1")
    await looked(archive, ("A-1", YEARS), ("B-1", YEARS))
    async with AccessRecord(archive.world.pool, archive.world.ledger, "gateway") as record:
        for person in (APPLICANT, SPOUSE):
            at = archive.now - YEARS
            await record.note(Entry(Action.ACCESS_RECORD, Answer.GRANTED, "", AUDITOR, None, at=at, subject_ref=person))
    await place(archive.orders, hold("H-1", subject_ref=APPLICANT))
    [purged] = await archive.purges().purge(PurgeClass.ACCESS_RECORD, "gh-1")
    assert (purged.count, purged.held) == (2, ("A-1", APPLICANT))
    kept = await archive.world.pool.fetch("SELECT application_no, subject_ref FROM access.entry")
    assert {tuple(row) for row in kept} == {("A-1", None), (None, APPLICANT)}


async def test_the_database_itself_refuses_what_is_too_young_or_not_so(archive: Archive, eraser: asyncpg.Pool) -> None:
    await looked(archive, ("B-1", YEARS), ("B-2", timedelta(days=10)))
    before = archive.now - YEARS + timedelta(days=1)
    digest = await eraser.fetchval("SELECT digest FROM access.purge_digest('access_record', $1, '{}', 10)", before)

    async def recorded(n: int, **changed: Any) -> str:
        told = {
            "purge_class": "access_record", "before": before, "held": (), "count": 1, "digest": digest, "by": "gh-1",
        }  # fmt: skip
        event = await archive.orders.record(f"register/purge/odd/{n}", Purged.model_validate(told | changed), None)
        with pytest.raises(asyncpg.PostgresError) as refused:
            await eraser.fetchval("SELECT access.purge($1)", event.event_id)
        return str(refused.value.sqlstate)

    assert await recorded(1, before=archive.now - timedelta(days=5)) == "MZ020"
    assert await recorded(2, digest="0" * 64) == "MZ021"
    assert await recorded(3, count=2) == "MZ021"
    assert await recorded(4, purge_class="inbox") == "MZ021"
    assert len(await numbers(archive.world.pool)) == 2


async def test_messages_lose_their_body_and_deliveries_go(archive: Archive, admin: asyncpg.Pool) -> None:
    await archive.world.add("A-1")
    old = archive.now - timedelta(days=Retention().inbox_days + 2)
    for name, decided in (("m/1", old), ("m-2", archive.now), ("m-3", None)):
        await admin.execute(
            "INSERT INTO inbox.message (platform, message_id, stream, digest, sealed, state, decided_at)"
            " VALUES ('collaboration', $1, 'verification/A-1/r/p', sha256('x'), 'body', $3, $2)",
            name,
            decided,
            "accepted" if decided else "delivered",
        )
    ours = await admin.fetchval(
        "INSERT INTO webhooks.subscription (owner, items, departments, taken_in_by, url, types, from_index, created_at,"
        " changed_at) VALUES ('o', '{}', '{}', '{}', 'https://x', '{}', -1, $1, $1) RETURNING id",
        old,
    )
    for index, state, ended in ((0, "delivered", old), (1, "pending", None), (2, "dead", archive.now)):
        await admin.execute(
            "INSERT INTO webhooks.delivery (subscription_id, index, application_no, state, ended_at)"
            " VALUES ($1, $2, 'A-1', $3, $4)",
            ours,
            index,
            state,
            ended,
        )
        await admin.execute(
            "INSERT INTO webhooks.attempt (subscription_id, index, at, milliseconds) VALUES ($1, $2, $3, 5)",
            ours,
            index,
            old,
        )
    [inbox] = await archive.purges().purge(PurgeClass.INBOX, "gh-1")
    [sent] = await archive.purges().purge(PurgeClass.DELIVERIES, "gh-1")
    assert (inbox.count, sent.count) == (1, 1)
    rows = await admin.fetch("SELECT message_id, octet_length(sealed) AS size FROM inbox.message ORDER BY 1")
    assert {row["message_id"]: row["size"] for row in rows} == {"m/1": 0, "m-2": 4, "m-3": 4}
    for table in ("delivery", "attempt"):
        kept = await admin.fetch(f"SELECT index FROM webhooks.{table} ORDER BY 1")
        assert [row["index"] for row in kept] == [1, 2]
    for each in (PurgeClass.INBOX, PurgeClass.DELIVERIES):
        assert await archive.purges().purge(each, "gh-1") == ()
    body = await admin.fetchval("SELECT canonical FROM ledger.event WHERE type = 'purged' LIMIT 1")
    assert json.loads(body)["application_no"].startswith("R-")


async def test_a_hold_has_one_scope_and_one_number(archive: Archive) -> None:
    first = hold("H-1", application_no="A-1")
    await place(archive.orders, first)
    for wrong, code in (
        (hold("H-2"), "one_scope"),
        (hold("H-3", application_no="A-1", subject_ref=APPLICANT), "one_scope"),
        (hold("H-1", application_no="A-2"), "taken"),
    ):
        with pytest.raises(HoldRefused) as refused:
            await place(archive.orders, wrong)
        assert refused.value.code == code
    with pytest.raises(HoldRefused, match="unknown"):
        await release(archive.orders, "H-9", "查2号", "gh-3")
    await release(archive.orders, "H-1", "查2号", "gh-3")
    await release(archive.orders, "H-1", "查2号", "gh-3")
    assert await archive.types("hold") == ["hold_placed", "hold_released"]
    await place(archive.orders, first)
    assert await archive.orders.holds() == (first,)
