"""Every attack on the database that the lists of other ledgers name; each changes the verdict.

The database is a real one in the hands of its superuser, who may hold the online key as well.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from infra.audit.source import ExportRefused
from infra.audit.verify import NOT_PROVED, Note, kept_notes
from infra.transparency.log import FeedBroken, MerkleLog
from tests.audit.tampering import close_gaps, forget_log, rehash, tamper
from tests.audit.world import ORIGIN, World, broken, verdicts
from tests.ledger.cases import whole_case

STREAM = whole_case("A-2")[0].stream
EDIT = f"""
    UPDATE ledger.event SET canonical = replace(canonical, '办理陶瓷市场准入登记', '另一用途')
    WHERE stream = '{STREAM}' AND position = 0
"""
SWAP = f"""
    UPDATE ledger.event e SET canonical = o.canonical, type = o.type FROM ledger.event o
    WHERE e.stream = '{STREAM}' AND o.stream = e.stream AND (e.position, o.position) IN ((3, 4), (4, 3))
"""
SPACED = f"""
    UPDATE ledger.event SET canonical = replace(canonical, '":', '": ') WHERE stream = '{STREAM}' AND position = 2
"""
DELETE_INSIDE = (
    f"DELETE FROM ledger.leaf WHERE event_id IN (SELECT event_id FROM ledger.event WHERE stream = '{STREAM}'"
    " AND position = 4)",
    f"DELETE FROM ledger.event WHERE stream = '{STREAM}' AND position = 4",
)
CUT_TAIL = tuple(statement.replace("position = 4", "position >= 7") for statement in DELETE_INSIDE)
RENUMBER = f"UPDATE ledger.event SET position = position - 1 WHERE stream = '{STREAM}' AND position > 4"
INSERT_INSIDE = (
    f"UPDATE ledger.event SET position = position + 100 WHERE stream = '{STREAM}' AND position >= 3",
    f"UPDATE ledger.event SET position = position - 99 WHERE stream = '{STREAM}' AND position >= 103",
    "INSERT INTO ledger.event (event_id, stream, position, sequence, previous_id, application_no, run_id,"
    " chain_run_id, type, occurred_at, canonical, digest, chain_hash)"
    " SELECT gen_random_uuid(), stream, 3, sequence, previous_id, application_no, run_id, chain_run_id, type,"
    f" occurred_at, canonical, digest, chain_hash FROM ledger.event WHERE stream = '{STREAM}' AND position = 2",
    "INSERT INTO ledger.leaf SELECT (SELECT max(index) + 1 FROM ledger.leaf), event_id FROM ledger.event"
    f" WHERE stream = '{STREAM}' AND position = 3",
)
NULL_HASH = (
    "ALTER TABLE ledger.event ALTER chain_hash DROP NOT NULL, ALTER digest DROP NOT NULL",
    f"UPDATE ledger.event SET chain_hash = NULL, digest = NULL WHERE stream = '{STREAM}' AND position = 5",
)
DELETE_CASE = tuple(statement.replace("position = 4", "position >= 0") for statement in DELETE_INSIDE)


def held(path: Path) -> list[Note]:
    return kept_notes(path.read_text())


@pytest.fixture
async def kept(world: World) -> Path:
    """Three cases under a witnessed head, which an auditor keeps."""
    await world.add("A-1", "A-2", "A-3")
    await world.keep()
    return await world.kept()


async def test_nothing_is_broken_without_an_attack(world: World, kept: Path) -> None:
    bundle, _ = await world.export("A-2", complete=True)
    assert broken(world.verify(bundle, kept)) == set()


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        pytest.param((EDIT,), {"事件在册", "流内连续"}, id="edit"),
        pytest.param((SWAP,), {"事件在册", "流内连续"}, id="reorder"),
        pytest.param((SPACED,), {"事件在册", "流内连续"}, id="other canonical JSON"),
        pytest.param(DELETE_INSIDE, {"流内连续"}, id="delete inside"),
        pytest.param((*DELETE_INSIDE, RENUMBER), {"事件在册", "流内连续"}, id="delete inside and renumber"),
        pytest.param(NULL_HASH, {"事件在册", "流内连续"}, id="NULL hash"),
    ],
)
async def test_attack_on_one_case(
    world: World, kept: Path, admin: asyncpg.Pool, statements: tuple[str, ...], found: set[str]
) -> None:
    await tamper(admin, *statements)
    bundle, _ = await world.export("A-2")
    assert broken(world.verify(bundle, kept)) == found


async def test_edit_with_every_hash_of_the_chain_computed_again(world: World, kept: Path, admin: asyncpg.Pool) -> None:
    await tamper(admin, EDIT)
    await rehash(admin, STREAM)
    bundle, _ = await world.export("A-2")
    assert broken(world.verify(bundle, kept)) == {"事件在册"}


async def test_insert_inside(world: World, kept: Path, admin: asyncpg.Pool) -> None:
    await tamper(admin, *INSERT_INSIDE)
    await rehash(admin, STREAM)
    await world.keep()
    bundle, _ = await world.export("A-2")
    assert broken(world.verify(bundle, kept)) >= {"事件在册", "流内连续"}


async def test_cut_tail_is_found_by_the_leaves_of_the_period(world: World, kept: Path, admin: asyncpg.Pool) -> None:
    """The bundle of the case alone cannot know, and says so; no bundle with all leaves can be made."""
    await tamper(admin, *CUT_TAIL)
    bundle, told = await world.export("A-2")
    assert told.events == 7
    findings = world.verify(bundle, kept)
    assert (broken(findings), verdicts(findings)["无遗漏"]) == (set(), NOT_PROVED)
    with pytest.raises(ExportRefused, match="不见了"):
        await world.export("A-2", complete=True)


async def test_cut_tail_hidden_in_a_bundle_with_all_leaves(world: World, kept: Path, admin: asyncpg.Pool) -> None:
    """Who exports may lie too: the case is short, the leaves are those of the log."""
    from tests.audit.tampering import changed

    whole, _ = await world.export("A-2", complete=True)

    def cut(files: dict[str, bytes]) -> None:
        lines = files["cases/000001.ndjson"].splitlines(keepends=True)
        files["cases/000001.ndjson"] = b"".join(lines[:-2])

    assert broken(world.verify(changed(whole, cut), kept)) == {"无遗漏"}


async def test_cut_tail_with_the_log_written_anew(world: World, kept: Path, admin: asyncpg.Pool) -> None:
    await tamper(admin, *CUT_TAIL)
    await close_gaps(admin)
    await forget_log(admin)
    await world.keep()
    bundle, _ = await world.export("A-2", complete=True)
    findings = world.verify(bundle, kept)
    assert broken(findings) == {"自存检查点"}
    assert verdicts(findings)["外部见证"] == NOT_PROVED
    with pytest.raises(ExportRefused, match="截短"):
        await world.export("A-2", anchors=held(kept))


async def test_a_case_deleted_whole(world: World, kept: Path, admin: asyncpg.Pool) -> None:
    await tamper(admin, *DELETE_CASE)
    with pytest.raises(ExportRefused, match="没有 A-2"):
        await world.export("A-2")
    with pytest.raises(ExportRefused, match="不见了"):
        await world.export(period=True)


async def test_all_deleted(world: World, kept: Path, admin: asyncpg.Pool) -> None:
    await tamper(admin, "DELETE FROM ledger.leaf", "DELETE FROM ledger.sealed_field", "DELETE FROM ledger.event")
    with pytest.raises(ExportRefused, match="没有 A-1"):
        await world.export("A-1")
    with pytest.raises(ExportRefused, match="不见了"):
        await world.export(period=True)
    await forget_log(admin)
    await world.add("B-1")
    await world.keep()
    bundle, _ = await world.export(period=True)
    assert broken(world.verify(bundle, kept)) == {"自存检查点"}


async def test_rolled_back_to_a_backup(world: World, admin: asyncpg.Pool) -> None:
    """What was recorded after the backup is gone, other cases take its place, and the online key signs them."""
    await world.add("A-1")
    await world.keep()
    await world.add("A-2")
    await world.keep()
    kept = await world.kept()
    await tamper(
        admin,
        *DELETE_CASE,
        "DELETE FROM ledger.placement WHERE size > 9",
        "DELETE FROM ledger.checkpoint WHERE size > 9",
        "DELETE FROM ledger.merkle_node WHERE (index + 1) << level > 9",
    )
    bundle, _ = await world.export("A-1")
    assert broken(world.verify(bundle, kept)) == {"自存检查点"}
    await world.add("B-1", "B-2")
    await world.keep()
    bundle, told = await world.export("A-1")
    findings = world.verify(bundle, kept)
    assert told.size == 27
    assert verdicts(findings)["自存检查点"] == NOT_PROVED
    assert verdicts(findings)["外部见证"] == NOT_PROVED, "the witness does not cosign what does not continue"
    with pytest.raises(ExportRefused, match="改写或分叉"):
        await world.export("A-1", anchors=held(kept))
    bundle, _ = await world.export("A-1", complete=True)
    assert broken(world.verify(bundle, kept)) == {"自存检查点"}


async def test_fork_is_caught_by_the_witness_and_by_whoever_keeps_a_head(
    world: World, kept: Path, admin: asyncpg.Pool, caplog: pytest.LogCaptureFixture
) -> None:
    """The same size, another history, the same key."""
    from structlog.testing import capture_logs

    await tamper(admin, EDIT)
    await rehash(admin, STREAM)
    await forget_log(admin)
    with capture_logs() as logs:
        await world.keep()
    assert "log shows another history" in [entry["event"] for entry in logs], "the witness's own alarm"
    assert "a witness contradicts the log" in [entry["event"] for entry in logs], "and ours"
    bundle, _ = await world.export("A-2", complete=True)
    findings = world.verify(bundle, kept)
    assert broken(findings) == {"自存检查点"}
    assert verdicts(findings)["外部见证"] == NOT_PROVED


async def test_signed_again_with_the_stolen_key_under_the_witness_line(
    world: World, kept: Path, admin: asyncpg.Pool
) -> None:
    await tamper(admin, EDIT)
    await rehash(admin, STREAM)
    await forget_log(admin, lines_too=False)
    await world.keep()
    bundle, _ = await world.export("A-2")
    assert broken(world.verify(bundle, kept)) == {"外部见证", "自存检查点"}


async def test_another_canonical_form_from_the_beginning(world: World, admin: asyncpg.Pool) -> None:
    """Before the log took it, with every hash right: only the form gives it away."""
    await world.add("A-2")
    await tamper(admin, SPACED)
    await rehash(admin, STREAM)
    await world.keep()
    bundle, _ = await world.export("A-2")
    findings = world.verify(bundle)
    assert broken(findings) == {"流内连续"}
    assert any("规范格式" in where for finding in findings for where in finding.where)


async def test_a_gap_in_the_feed_is_never_signed_over(world: World, admin: asyncpg.Pool) -> None:
    await world.add("A-1", "A-2")
    await tamper(admin, *DELETE_CASE[:1], "UPDATE ledger.leaf SET index = index + 5 WHERE index > 4")
    with pytest.raises(FeedBroken):
        await world.keep()


async def test_nodes_taken_away(world: World, kept: Path, admin: asyncpg.Pool) -> None:
    await tamper(admin, "DELETE FROM ledger.merkle_node WHERE level = 1")
    with pytest.raises(ExportRefused, match="节点不见了"):
        await world.export("A-2")
    log = await MerkleLog.open(world.pool, ORIGIN, world.suite)
    assert await log.size(world.pool) == 27


async def test_the_workers_role_changes_nothing_of_the_log(world: World, kept: Path) -> None:
    for table in ("merkle_node", "checkpoint", "placement", "merkle_log"):
        with pytest.raises(asyncpg.PostgresError):
            await world.pool.execute(f"DELETE FROM ledger.{table}")
