"""The proofs of a case as the door hands them out, over a real database that is then tampered with."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from infra.audit import verify
from infra.audit.live import CaseProofs, Proof, case_proofs
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from infra.settings import AuditSettings
from infra.transparency.leaf import leaf_data
from infra.transparency.suites import SM3_SM2
from tests.audit.tampering import rehash, tamper
from tests.audit.test_attacks import EDIT, STREAM
from tests.audit.world import World
from tests.ledger.cases import MASTER_KEY, PERSONAL_TEXTS


async def proofs(world: World, case: str = "A-2") -> CaseProofs:
    return await case_proofs(world.pool, world.settings, world.signer, case)


def verdicts(found: CaseProofs) -> list[Proof]:
    return [event.verdict for event in found.events]


async def test_every_event_is_proved_and_can_be_proved_again(world: World) -> None:
    await world.add("A-1", "A-2", "A-3")
    await world.keep()
    found = await proofs(world)
    assert found.head is not None
    assert (found.head.signature, found.head.witnesses, found.head.size) == (Proof.PROVED, ("witness/city",), 27)
    assert verdicts(found) == [Proof.PROVED] * 9
    root = verify.read_note(found.head.note).root
    for event in found.events:
        assert event.index is not None
        leaf = leaf_data(verify.sha256, event.stream, event.position, event.chain_hash, event.canonical)
        hashed = verify.leaf_hash(verify.sha256, leaf)
        assert verify.included(verify.sha256, event.index, found.head.size, hashed, list(event.path), root)
        assert not any(text in event.canonical for text in PERSONAL_TEXTS)


async def test_what_came_after_the_head_is_not_proved_and_not_broken(world: World) -> None:
    await world.add("A-1")
    await world.keep()
    await world.add("A-2")
    assert verdicts(await proofs(world)) == [Proof.NOT_PROVED] * 9
    assert verdicts(await proofs(world, "A-1")) == [Proof.PROVED] * 9
    await world.keep()
    assert verdicts(await proofs(world)) == [Proof.PROVED] * 9


async def test_without_a_log_or_a_head_nothing_is_proved(world: World) -> None:
    await world.add("A-2")
    for signer in (None, world.signer):
        found = await case_proofs(world.pool, AuditSettings(), signer, "A-2")
        assert found.head is None and verdicts(found) == [Proof.NOT_PROVED] * 9
    assert (await proofs(world, "NOT-THERE")).events == ()


async def test_an_event_that_was_changed_is_broken_and_so_is_all_that_was_rehashed(
    world: World, admin: asyncpg.Pool
) -> None:
    await world.add("A-1", "A-2")
    await world.keep()
    await tamper(admin, EDIT)
    assert verdicts(await proofs(world)) == [Proof.BROKEN] + [Proof.PROVED] * 8
    await rehash(admin, STREAM)
    assert verdicts(await proofs(world)) == [Proof.BROKEN] * 9
    assert verdicts(await proofs(world, "A-1")) == [Proof.PROVED] * 9


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.checkpoint SET note = replace(note, 'mianzheng/test\n18', 'mianzheng/test\n17')",
        "UPDATE ledger.checkpoint SET note = 'x'",
        "DELETE FROM ledger.merkle_node WHERE level = 0 AND index = 10",
    ],
)
async def test_a_head_or_a_tree_that_was_changed_proves_nothing(
    world: World, admin: asyncpg.Pool, statement: str
) -> None:
    await world.add("A-1", "A-2")
    await world.keep()
    await tamper(admin, statement)
    found = await proofs(world)
    assert Proof.PROVED not in verdicts(found)
    assert found.head is not None and (found.head.signature is Proof.BROKEN) == ("note" in statement)


async def test_a_cosignature_that_is_false_witnesses_nothing(world: World, admin: asyncpg.Pool) -> None:
    await world.add("A-2")
    await world.keep()
    line = world.witness_key.cosign("another text\n", 1_800_000_000)
    await admin.execute("ALTER TABLE ledger.placement DISABLE TRIGGER ALL")
    await admin.execute("UPDATE ledger.placement SET line = $1 WHERE line <> ''", line)
    found = await proofs(world)
    assert found.head is not None and found.head.witnesses == ()
    assert verdicts(found) == [Proof.PROVED] * 9


async def test_the_national_suite_is_checked_as_well(
    database: asyncpg.Pool, admin: asyncpg.Pool, tmp_path: Path
) -> None:
    world = World(database, PostgresLedger(database, SubjectKeys(database, MASTER_KEY)), tmp_path, SM3_SM2)
    await world.add("A-1", "A-2")
    await world.keep()
    found = await proofs(world)
    assert found.head is not None and found.head.signature is Proof.PROVED
    assert verdicts(found) == [Proof.PROVED] * 9
    await tamper(admin, EDIT)
    assert verdicts(await proofs(world)) == [Proof.BROKEN] + [Proof.PROVED] * 8
