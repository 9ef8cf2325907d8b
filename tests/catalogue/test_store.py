"""Publishing once and for ever, and reading from memory."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import Any

import asyncpg
import pytest

from infra.catalogue.store import (
    FixedCatalogue,
    StoredCatalogues,
    StoredContentChanged,
    VersionTaken,
    content_of,
    digest_of,
    publish,
)
from schemas.catalogue import Catalogue
from schemas.errors import InvalidInput


def version(catalogue: Catalogue, name: str, effective_from: date = date(2026, 1, 1)) -> Catalogue:
    return catalogue.model_copy(update={"version": name, "effective_from": effective_from})


class Now:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class CountingPool:
    """Passes reads on, slowly, and counts them."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.asked: list[str] = []

    async def fetch(self, query: str, *args: object) -> Any:
        self.asked.append("index")
        await asyncio.sleep(0.01)
        return await self.pool.fetch(query, *args)

    async def fetchrow(self, query: str, *args: object) -> Any:
        self.asked.append("content")
        await asyncio.sleep(0.01)
        return await self.pool.fetchrow(query, *args)


def test_the_digest_is_of_the_canonical_content(real: Catalogue) -> None:
    assert digest_of(real) == digest_of(Catalogue.model_validate_json(content_of(real)))
    assert json.loads(content_of(real)) == real.model_dump(mode="json")
    assert digest_of(real) != digest_of(version(real, "other"))


async def test_a_fixed_catalogue_is_in_force_from_its_day(real: Catalogue) -> None:
    fixed = FixedCatalogue(real)
    assert await fixed.in_force(date(2026, 1, 1)) == (real, digest_of(real))
    with pytest.raises(LookupError):
        await fixed.in_force(date(2025, 12, 31))


async def test_publish_and_read_back(database: asyncpg.Pool, real: Catalogue) -> None:
    digest = await publish(database, real)
    assert digest == digest_of(real)
    assert await publish(database, real) == digest
    assert await database.fetchval("SELECT count(*) FROM catalogue.version") == 1
    stored = StoredCatalogues(database)
    assert await stored.in_force(date(2026, 3, 2)) == (real, digest)
    assert await stored.get(real.version) == (real, digest)
    with pytest.raises(LookupError, match="2025-12-31"):
        await stored.in_force(date(2025, 12, 31))
    with pytest.raises(LookupError, match="nowhere"):
        await stored.get("nowhere")


async def test_a_version_has_one_content(database: asyncpg.Pool, real: Catalogue) -> None:
    await publish(database, real)
    changed = real.model_copy(update={"owner": "另一单位"})
    with pytest.raises(VersionTaken, match=real.version):
        await publish(database, changed)
    assert (await StoredCatalogues(database).in_force(date(2026, 3, 2)))[0] == real


async def test_many_who_publish_the_same_at_once_all_succeed(database: asyncpg.Pool, real: Catalogue) -> None:
    assert set(await asyncio.gather(*(publish(database, real) for _ in range(5)))) == {digest_of(real)}


async def test_a_catalogue_that_may_not_be_published_is_not(database: asyncpg.Pool, real: Catalogue) -> None:
    with pytest.raises(InvalidInput, match="部门"):
        await publish(database, real.model_copy(update={"departments": ()}))
    assert await database.fetchval("SELECT count(*) FROM catalogue.version") == 0


async def test_the_latest_in_force_is_read(database: asyncpg.Pool, real: Catalogue) -> None:
    for name, day in (("v_b", date(2026, 4, 1)), ("v_a", date(2026, 1, 1)), ("v_c", date(2026, 4, 1))):
        await publish(database, version(real, name, day))
    stored = StoredCatalogues(database)
    days = (date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1), date(2027, 1, 1))
    # Of two effective on the same day, the one published last.
    assert [(await stored.in_force(d))[0].version for d in days] == ["v_a", "v_a", "v_c", "v_c"]


async def test_a_new_version_is_seen_after_the_refresh(database: asyncpg.Pool, real: Catalogue) -> None:
    now = Now()
    stored = StoredCatalogues(database, refresh_seconds=5, clock=now)
    await publish(database, version(real, "v_a"))
    day = date(2026, 5, 1)
    assert (await stored.in_force(day))[0].version == "v_a"
    await publish(database, version(real, "v_b", date(2026, 2, 1)))
    now.seconds += 4.9
    assert (await stored.in_force(day))[0].version == "v_a"
    now.seconds += 0.1
    assert (await stored.in_force(day))[0].version == "v_b"


async def test_callers_at_once_share_one_question(database: asyncpg.Pool, real: Catalogue) -> None:
    await publish(database, real)
    now, pool = Now(), CountingPool(database)
    stored = StoredCatalogues(pool, clock=now)  # type: ignore[arg-type]
    answers = await asyncio.gather(*(stored.in_force(date(2026, 3, 2)) for _ in range(20)))
    assert pool.asked == ["index", "content"]
    assert all(a[0] is answers[0][0] for a in answers)
    now.seconds += 60
    await asyncio.gather(*(stored.in_force(date(2026, 3, 2)) for _ in range(20)))
    assert pool.asked == ["index", "content", "index"]


async def test_content_that_was_changed_behind_our_back_is_refused(real: Catalogue) -> None:
    class Tampered:
        async def fetch(self, query: str) -> list[dict[str, object]]:
            return [{"version": real.version, "effective_from": real.effective_from}]

        async def fetchrow(self, query: str, name: str) -> dict[str, str]:
            content = content_of(real.model_copy(update={"owner": "另一单位"})).decode()
            return {"digest": digest_of(real), "content": content}

    with pytest.raises(StoredContentChanged, match=real.version):
        await StoredCatalogues(Tampered()).in_force(date(2026, 3, 2))  # type: ignore[arg-type]


async def test_nothing_is_answered_from_an_old_index_when_the_database_is_gone(real: Catalogue) -> None:
    class Failing:
        gone = False

        async def fetch(self, query: str) -> list[dict[str, object]]:
            if self.gone:
                raise ConnectionError("gone")
            return [{"version": real.version, "effective_from": real.effective_from}]

        async def fetchrow(self, query: str, name: str) -> dict[str, str]:
            return {"digest": digest_of(real), "content": content_of(real).decode()}

    pool, now = Failing(), Now()
    stored = StoredCatalogues(pool, clock=now)  # type: ignore[arg-type]
    await stored.in_force(date(2026, 3, 2))
    pool.gone = True
    assert (await stored.in_force(date(2026, 3, 2)))[0] == real
    now.seconds += 5
    with pytest.raises(ConnectionError):
        await stored.in_force(date(2026, 3, 2))
    pool.gone = False
    assert (await stored.in_force(date(2026, 3, 2)))[0] == real
