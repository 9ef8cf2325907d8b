"""Pseudonyms and subject keys."""

from __future__ import annotations

import asyncio
import os
import re

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.identity.pseudonyms import HmacPseudonyms
from infra.identity.subject_keys import MasterKeyMismatch, SubjectErased, SubjectKeys
from schemas.codes import HolderCodeType

PEPPER, MASTER = bytes(32), os.urandom(32)
A, B, C = (f"s_{n:032x}" for n in range(3))


@given(st.sampled_from(HolderCodeType), st.text("0123456789ABCXZ()-", min_size=3, max_size=40))
def test_pseudonym_has_its_form_and_hides_the_number(id_type: HolderCodeType, number: str) -> None:
    ref = HmacPseudonyms(PEPPER).subject_ref(id_type, number)
    assert re.fullmatch(r"s_[0-9a-f]{32}", ref)
    assert ref == HmacPseudonyms(PEPPER).subject_ref(id_type, number)
    assert ref != HmacPseudonyms(b"1" * 32).subject_ref(id_type, number)


def test_one_person_however_the_number_is_typed() -> None:
    ref = HmacPseudonyms(PEPPER).subject_ref
    ways = ("35052619850315271X", "35052619850315271x", " 350526 19850315 271X", "３５０５２６１９８５０３１５２７１Ｘ")
    assert len({ref(HolderCodeType.RESIDENT_ID, way) for way in ways}) == 1
    assert ref(HolderCodeType.PASSPORT, ways[0]) != ref(HolderCodeType.RESIDENT_ID, ways[0])


def test_pseudonym_is_fixed_for_ever() -> None:
    """Another value here would cut every person off from what was kept of him."""
    ref = HmacPseudonyms(PEPPER).subject_ref(HolderCodeType.RESIDENT_ID, "350526199001010019")
    assert ref == "s_2e94b736b06d57e04ce7e4a7ec27fc9e"


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_short_secrets_are_refused(secret: bytes, database: asyncpg.Pool) -> None:
    with pytest.raises(ValueError, match="32"):
        HmacPseudonyms(secret)
    with pytest.raises(ValueError, match="32"):
        SubjectKeys(database, secret)


async def test_keys_are_made_once_and_found_again(database: asyncpg.Pool) -> None:
    made = await SubjectKeys(database, MASTER).get_or_create([A, B, A])
    found = await SubjectKeys(database, MASTER).get_or_create([B, A, C])
    assert set(made) == {A, B}
    assert made[A].mac(b"x") == found[A].mac(b"x") != made[B].mac(b"x")
    assert set(await SubjectKeys(database, MASTER).existing([A, C, "s_" + "f" * 32])) == {A, C}
    assert await SubjectKeys(database, MASTER).get_or_create([]) == {}


async def test_twenty_at_once_agree_on_the_keys(database: asyncpg.Pool) -> None:
    refs = [f"s_{n:032x}" for n in range(30)]

    async def ask(n: int) -> list[bytes]:
        keys = await SubjectKeys(database, MASTER).get_or_create(refs[::-1] if n % 2 else refs)
        return [keys[ref].mac(b"x") for ref in refs]

    answers = await asyncio.gather(*(ask(n) for n in range(20)))
    assert all(answer == answers[0] for answer in answers)


async def test_memory_saves_statements_and_is_bounded(database: asyncpg.Pool) -> None:
    keys = SubjectKeys(database, MASTER, capacity=2)
    first = await keys.get_or_create([A])
    assert (await keys.get_or_create([A]))[A] is first[A]
    await keys.get_or_create([B, C])
    assert (await keys.get_or_create([A]))[A] is not first[A]


async def test_destroyed_key(database: asyncpg.Pool, owner: asyncpg.Pool) -> None:
    worker, authority = SubjectKeys(database, MASTER, ttl_seconds=0), SubjectKeys(owner, MASTER)
    await worker.get_or_create([A, B])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await worker.destroy([A])
    assert await authority.destroy([A, C]) == 1
    assert await authority.destroy([A]) == 0, "done already"
    with pytest.raises(SubjectErased) as erased:
        await worker.get_or_create([B, A])
    assert erased.value.subject_ref == A
    assert set(await worker.existing([A, B])) == {B}
    assert await owner.fetchval("SELECT wrapped_key IS NULL FROM identity.subject_key WHERE subject_ref = $1", A)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await owner.execute("UPDATE identity.subject_key SET wrapped_key = 'x', destroyed_at = NULL")
    assert refused.value.sqlstate == "MZ010"


async def test_wrong_master_key_and_exchanged_rows(database: asyncpg.Pool, admin: asyncpg.Pool) -> None:
    await SubjectKeys(database, MASTER).get_or_create([A, B])
    with pytest.raises(MasterKeyMismatch):
        await SubjectKeys(database, os.urandom(32)).get_or_create([A])
    await admin.execute(
        "UPDATE identity.subject_key k SET wrapped_key = o.wrapped_key FROM identity.subject_key o"
        " WHERE k.subject_ref = $1 AND o.subject_ref = $2",
        A,
        B,
    )
    with pytest.raises(MasterKeyMismatch, match=A):
        await SubjectKeys(database, MASTER).get_or_create([A])
