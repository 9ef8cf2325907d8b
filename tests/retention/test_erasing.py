"""Erasing a person, end to end: by order, by two, on record; refused where the law keeps him; every proof stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import asyncpg
import pytest

from infra.audit.jobs import Job, JobState
from infra.identity.subject_keys import SubjectErased as KeyDestroyed
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.trail import events_of, read_trail
from infra.ledger.writer import PostgresLedger
from infra.retention.files import UsesBehind
from infra.retention.holds import place, release
from infra.uses import read
from schemas.base import MASK
from schemas.case import fold
from schemas.erasure import ErasureOrdered, ErasureRefused, HoldGround, HoldPlaced, SubjectErased
from schemas.export import ExportRequest
from schemas.ledger import AppendRequest, LedgerRefusal
from tests.audit.world import broken, verdicts
from tests.ledger.cases import APPLICANT, COMPANY, MASTER_KEY, SPOUSE, whole_case
from tests.retention.archive import LONG_AFTER, Archive

ORDER = "德政办〔2036〕3号"
STRANGER = "s_" + "d4" * 16


def codes(body: object) -> list[str]:
    assert isinstance(body, ErasureRefused), body
    return [reason.code for reason in body.reasons]


def exported(root: Path, at: datetime) -> Path:
    """An export with files of evidence that waits to be fetched."""
    request = ExportRequest(applications=("A-1",), with_files=True, reason="复核")
    job = Job(export_id=uuid4(), principal_id="a-1", request=request, asked_at=at, ends_at=at, state=JobState.DONE)
    folder = root / str(job.export_id)
    folder.mkdir(parents=True)
    (folder / "job.json").write_text(job.model_dump_json())
    (folder / "export").write_bytes(b"%PDF-1.7 whatever")
    return folder


async def test_a_person_is_erased_and_the_bundle_proves_all_it_did(archive: Archive) -> None:
    world, erasures = archive.world, archive.erasures
    digest = await archive.evidence.put(APPLICANT, b"%PDF-1.7 whatever")
    theirs = await archive.evidence.put(SPOUSE, b"%PDF-1.7 whatever")
    await world.add("A-1", "A-2")
    await archive.read()
    await world.keep()
    kept = await world.kept()
    bundle, _ = await world.export("A-1", "A-2", complete=True, anchors=[], name="before.zip")
    before = world.verify(bundle)
    assert not broken(before)

    ordered = await erasures.order(APPLICANT, ORDER, "gh-1")
    assert isinstance(ordered, ErasureOrdered)
    assert codes(await erasures.confirm(APPLICANT, ORDER, "gh-1", None)) == ["same_person"]
    assert await archive.keys.existing([APPLICANT]), "nothing was destroyed yet"
    taken_away = exported(world.folder / "exports", archive.now)
    done = await erasures.confirm(APPLICANT, ORDER, "gh-2", LONG_AFTER)
    assert not taken_away.exists(), "nor do his files lie at the door, exported in the clear"
    assert done == SubjectErased(subject_ref=APPLICANT, order=ORDER, files=1)
    assert await erasures.confirm(APPLICANT, ORDER, "gh-3", None) == done, "done once"
    assert await archive.types("erasure") == [
        "erasure_ordered", "erasure_refused", "erasure_begun", "subject_erased",
    ]  # fmt: skip

    fresh = SubjectKeys(world.pool, MASTER_KEY)
    trail = await read_trail(world.pool, "A-1", keys=fresh)
    assert trail.sound and trail.erased == (APPLICANT,)
    assert fold(events_of(trail)) == fold(whole_case("A-1")), "the case stands as it stood"
    admitted: Any = events_of(trail)[1].body
    assert admitted.parties[0].name == MASK and admitted.parties[1].name != MASK
    with pytest.raises(KeyDestroyed):
        await archive.evidence.get(APPLICANT, digest)
    assert await archive.evidence.get(SPOUSE, theirs)

    await archive.read()
    await world.keep()
    after_bundle, _ = await world.export("A-1", "A-2", complete=True, name="after.zip")
    after = world.verify(after_bundle, kept)
    assert not broken(after)
    assert {c: v for c, v in verdicts(after).items() if c in verdicts(before)}["事件在册"] == "已证明"
    assert not broken(world.verify(bundle)), "what was taken away before proves the same"
    used, _ = await read.uses_of(world.pool, APPLICANT, None, 500)
    assert "erasure" in {use.kind for use in used}


async def test_what_is_kept_by_law_is_refused_on_record(archive: Archive) -> None:
    world = archive.world
    await world.add("A-1")
    await world.ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole_case("B-1", LONG_AFTER)[:5]))
    await archive.read()
    assert codes(await archive.erasures.order(APPLICANT, ORDER, "gh-1")) == ["case_open", "retention_runs"]
    assert codes(await archive.erasures.order(STRANGER, ORDER, "gh-1")) == ["unknown_subject"]
    assert codes(await archive.erasures.confirm(APPLICANT, ORDER, "gh-2", None)) == ["not_ordered"]
    assert await archive.types("erasure") == ["erasure_refused"] * 3
    assert set(await archive.keys.existing([APPLICANT])) == {APPLICANT}
    await archive.read()
    assert (await read_trail(world.pool, "B-1")).sound


async def test_a_hold_that_comes_between_order_and_confirmation_counts(archive: Archive) -> None:
    await archive.world.add("A-1")
    await archive.read()
    await archive.erasures.order(APPLICANT, ORDER, "gh-1")
    for number, scope in (("FY-1", {"application_no": "A-1"}), ("FY-2", {"subject_ref": APPLICANT})):
        hold = HoldPlaced.model_validate(
            {
                "hold_id": number,
                "ground": HoldGround.RECONSIDERATION,
                "order": "复议1号",
                "by": "gh-3",
                "reason": "复议",
            }
            | scope
        )
        await place(archive.orders, hold)
        await place(archive.orders, hold)
    await archive.read()
    assert codes(await archive.erasures.confirm(APPLICANT, ORDER, "gh-2", None)) == ["hold", "hold"]
    await release(archive.orders, "FY-1", "复议决定1号", "gh-3")
    await archive.read()
    assert codes(await archive.erasures.order(APPLICANT, ORDER, "gh-1")) == ["hold"]
    await release(archive.orders, "FY-2", "复议决定1号", "gh-3")
    await archive.read()
    assert isinstance(await archive.erasures.order(APPLICANT, ORDER, "gh-1"), ErasureOrdered)
    trail = await read_trail(archive.world.pool, "A-1")
    assert [e.row.type for e in trail.entries][-2:] == ["hold_placed", "hold_released"], "in the trail of its case"


async def test_nothing_is_decided_while_another_takes_the_uses_in(archive: Archive) -> None:
    await archive.read()
    await archive.world.add("A-1")
    async with archive.world.pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM ledger.consumer WHERE name = 'uses' FOR UPDATE")
        with pytest.raises(UsesBehind):
            await archive.erasures.order(APPLICANT, ORDER, "gh-1")
    assert await archive.types("erasure") == []
    assert isinstance(await archive.erasures.order(APPLICANT, ORDER, "gh-1"), ErasureOrdered), "without any relay"


@pytest.mark.parametrize("where", ["key", "files", "record"])
async def test_killed_in_the_middle_it_is_carried_through(
    archive: Archive, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """As when the process ends."""

    class Dead:
        async def fetchval(self, *_: object) -> None:
            raise Killed

    await archive.world.add("A-1")
    await archive.read()
    await archive.evidence.put(APPLICANT, b"one")
    await archive.evidence.put(APPLICANT, b"two")
    await archive.erasures.order(APPLICANT, ORDER, "gh-1")

    async def die(*_: object, **__: object) -> Any:
        raise Killed

    with monkeypatch.context() as patched:
        if where == "key":
            patched.setattr(archive, "erasures", replace(archive.erasures, eraser=cast(Any, Dead())))
        if where == "files":
            patched.setattr(type(archive.evidence), "erase", die)
        if where == "record":
            enter = PostgresLedger.append

            async def append(self: PostgresLedger, request: AppendRequest) -> Any:
                if request.events[0].body.type == "subject_erased":
                    raise Killed
                return await enter(self, request)

            patched.setattr(PostgresLedger, "append", append)
        with pytest.raises(Killed):
            await archive.erasures.confirm(APPLICANT, ORDER, "gh-2", None)
    assert (await archive.types("erasure"))[-1] == "erasure_begun"
    assert bool(await archive.keys.existing([APPLICANT])) is (where == "key")
    await archive.read()
    again = await archive.erasures.confirm(APPLICANT, ORDER, "gh-2", None)
    assert isinstance(again, SubjectErased) and again.files == (0 if where == "record" else 2)
    assert not await archive.keys.existing([APPLICANT])
    assert await archive.types("erasure") == ["erasure_ordered", "erasure_begun", "subject_erased"]


async def test_a_hold_that_came_while_the_key_still_lives_stops_what_was_begun(archive: Archive) -> None:
    class Dead:
        async def fetchval(self, *_: object) -> None:
            raise ConnectionResetError

    await archive.world.add("A-1")
    await archive.erasures.order(APPLICANT, ORDER, "gh-1")
    with pytest.raises(ConnectionResetError):
        await replace(archive.erasures, eraser=cast(Any, Dead())).confirm(APPLICANT, ORDER, "gh-2", None)
    hold = HoldPlaced(
        hold_id="FY-1",
        ground=HoldGround.RECONSIDERATION,
        application_no="A-1",
        order="复议1号",
        by="gh-3",
        reason="复议",
    )
    await place(archive.orders, hold)
    assert codes(await archive.erasures.confirm(APPLICANT, ORDER, "gh-2", None)) == ["hold"]
    assert APPLICANT in await archive.keys.existing([APPLICANT])
    await release(archive.orders, "FY-1", "复议决定1号", "gh-3")
    assert codes(await archive.erasures.confirm(APPLICANT, ORDER, "gh-2", None)) == ["not_ordered"]
    assert isinstance(await archive.erasures.order(APPLICANT, ORDER, "gh-1"), ErasureOrdered)
    assert isinstance(await archive.erasures.confirm(APPLICANT, ORDER, "gh-2", None), SubjectErased)


async def test_what_a_worker_still_holds_in_memory_revives_nobody(archive: Archive) -> None:
    worker = SubjectKeys(archive.world.pool, MASTER_KEY)
    store = type(archive.evidence)(archive.world.folder / "evidence", worker, fsync=False)
    await store.put(APPLICANT, b"early")
    await archive.world.add("A-1")
    await archive.read()
    await archive.erasures.order(APPLICANT, ORDER, "gh-1")
    await archive.erasures.confirm(APPLICANT, ORDER, "gh-2", None)
    with pytest.raises(KeyDestroyed):
        await store.put(APPLICANT, b"late")
    assert not any(path.is_dir() for path in (archive.world.folder / "evidence").rglob(f"{APPLICANT}*"))
    for keys in (worker, SubjectKeys(archive.world.pool, MASTER_KEY)):
        late = PostgresLedger(archive.world.pool, keys)
        with pytest.raises(LedgerRefusal, match="已被清除"):
            await late.append(AppendRequest(run_id="r", chain_run_id="r", events=whole_case("A-9")))
    trail = await read_trail(archive.world.pool, "A-1", keys=SubjectKeys(archive.world.pool, MASTER_KEY))
    assert trail.sound and APPLICANT in trail.erased and all("0.name" not in e.opened for e in trail.entries)


async def test_two_who_confirm_at_once_erase_once(archive: Archive) -> None:
    await archive.world.add("A-1")
    await archive.read()
    await archive.erasures.order(APPLICANT, ORDER, "gh-1")
    done = await asyncio.gather(*(archive.erasures.confirm(APPLICANT, ORDER, f"gh-{n}", None) for n in (2, 3, 4)))
    assert len({body.model_dump_json() for body in done}) == 1
    assert await archive.types("erasure") == ["erasure_ordered", "erasure_begun", "subject_erased"]


async def test_the_database_destroys_only_what_is_on_record(
    archive: Archive, database: asyncpg.Pool, eraser: asyncpg.Pool
) -> None:
    await archive.world.add("A-1")
    other = whole_case("A-1")[1].event_id
    for statement in ("SELECT identity.erase_subject($1)", "SELECT access.purge($1)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.fetchval(statement, other)
        with pytest.raises(asyncpg.PostgresError) as refused:
            await eraser.fetchval(statement, other)
        assert refused.value.sqlstate == "MZ020"
    for statement in (
        "SELECT identity.destroy_keys(ARRAY['s_1'])",
        "DELETE FROM access.entry",
        "SELECT canonical FROM ledger.event",
        "UPDATE identity.subject_key SET wrapped_key = NULL",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await eraser.execute(statement)
    assert set(await archive.keys.existing([APPLICANT, SPOUSE, COMPANY])) == {APPLICANT, SPOUSE, COMPANY}
