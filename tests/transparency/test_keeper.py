"""Keeping the log: dense, restartable, by many at once; heads placed once; alarms when they are not."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from infra.audit import verify
from infra.audit.source import ExportRefused
from infra.audit.verify import kept_notes
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from infra.settings import AuditSettings
from infra.transparency import checkpoints, keeper
from infra.transparency.keeper import Keeper, unwitnessed_seconds
from infra.transparency.log import MerkleLog
from infra.transparency.places import AppendOnlyFile, HttpPlace, Place
from infra.transparency.suites import SHA256_ED25519, SM3_SM2, SUITES, Suite
from tests.audit.world import ORIGIN, World, broken, verdicts
from tests.ledger.cases import MASTER_KEY


def made(pool: asyncpg.Pool, folder: Path, suite: Suite = SHA256_ED25519) -> World:
    return World(pool, PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY)), folder, suite)


@pytest.fixture
def world(database: asyncpg.Pool, tmp_path: Path) -> World:
    return made(database, tmp_path)


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> Iterator[None]:
    """The process dies in this step."""

    async def die(*_: object, **__: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        with pytest.raises(ConnectionResetError):
            yield


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
async def test_both_suites_from_end_to_end(database: asyncpg.Pool, tmp_path: Path, suite: Suite) -> None:
    world = made(database, tmp_path, suite)
    await world.add("A-1")
    await world.keep()
    kept = await world.kept()
    await world.add("A-2")
    await world.keep()
    bundle, _ = await world.export("A-1", complete=True)
    findings = world.verify(bundle, kept)
    assert [check for check, verdict in verdicts(findings).items() if verdict != verify.PROVED] == ["目录版本"]
    await world.pool.execute("INSERT INTO ledger.merkle_log (origin, suite) VALUES ('other', 'sm3-sm2')")


async def test_two_suites_over_one_ledger(world: World) -> None:
    await world.add("A-1")
    await world.keep()
    with pytest.raises(ValueError, match="不能改为"):
        await MerkleLog.open(world.pool, ORIGIN, SM3_SM2)
    other = await MerkleLog.open(world.pool, "mianzheng/sm", SM3_SM2)
    assert await other.grow(world.pool) == 9


async def test_batches_of_any_size_give_one_tree(world: World, database: asyncpg.Pool) -> None:
    await world.add("A-1", "A-2", "A-3")
    roots = set()
    for number, limit in enumerate((1, 2, 5, 7, 27, 100)):
        log = await MerkleLog.open(world.pool, f"log-{number}", SHA256_ED25519)
        while await log.grow(world.pool, limit):
            pass
        roots.add(await log.root(world.pool, 27))
        rows = await database.fetchval("SELECT count(*) FROM ledger.merkle_node WHERE log = $1", log.number)
        assert rows == 27 + 13 + 6 + 3 + 1
    assert len(roots) == 1


async def test_one_at_a_time(world: World, database: asyncpg.Pool) -> None:
    await world.add(*(f"A-{n}" for n in range(6)))
    log = await MerkleLog.open(world.pool, ORIGIN, SHA256_ED25519)

    async def grow() -> int:
        taken = 0
        while await log.size(world.pool) < 54:
            taken += await log.grow(world.pool, 4) or 0
        return taken

    assert sum(await asyncio.gather(*(grow() for _ in range(4)))) == 54
    assert await log.size(database) == 54


async def test_killed_in_every_step_and_done_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.add("A-1", "A-2")
    log = await MerkleLog.open(world.pool, ORIGIN, SHA256_ED25519)
    with failing(monkeypatch, MerkleLog, "nodes"):  # in the batch
        await log.grow(world.pool, 5)
        await log.grow(world.pool, 5)
    assert await log.size(world.pool) == 0, "the batch left nothing"
    with failing(monkeypatch, checkpoints, "sign"):  # before the head
        await world.keep()
    with failing(monkeypatch, AppendOnlyFile, "put"):  # before any place
        await world.keep()
    assert await checkpoints.last(world.pool, log) is not None
    await world.keep()
    await world.keep()
    lines = (world.folder / "checkpoints.jsonl").read_text().splitlines()
    assert [note.size for line in lines for note in kept_notes(line)] == [18], "one head of each size"
    placed = await world.pool.fetch("SELECT place, size FROM ledger.placement ORDER BY place")
    assert [tuple(row) for row in placed] == [
        (f"file:{world.folder / 'checkpoints.jsonl'}", 18),
        ("witness:witness/city", 18),
    ]
    bundle, _ = await world.export("A-1", complete=True)
    assert broken(world.verify(bundle)) == set()


async def test_a_cosignature_lost_on_the_way_is_asked_for_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The witness has kept the head; we died before keeping its line."""
    from infra.transparency.places import Witness

    await world.add("A-1")
    put = Witness.put

    async def lost(self: Witness, *arguments: Any) -> str:
        await put(self, *arguments)
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(Witness, "put", lost)
        with pytest.raises(ConnectionResetError):
            await world.keep()
    await world.keep()
    bundle, _ = await world.export("A-1")
    assert verdicts(world.verify(bundle))["外部见证"] == verify.PROVED


async def test_places_that_fail_hold_up_no_other(world: World) -> None:
    taken: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "down.test":
            raise httpx.ConnectError("down")
        taken.append(request.content.decode())
        return httpx.Response(500 if request.url.host == "ill.test" else 204)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    places: list[Place] = [HttpPlace(f"http://{host}.test/", client) for host in ("down", "ill", "well")]
    places.append(AppendOnlyFile(world.folder / "missing" / "file"))
    await world.add("A-1")
    log = await MerkleLog.open(world.pool, ORIGIN, SHA256_ED25519)
    with capture_logs() as logs:
        await Keeper(world.pool, log, world.signer, places, world.settings).once()
    assert [entry["log_level"] for entry in logs if entry["event"] == "checkpoint not placed"] == ["warning"] * 3
    assert await world.pool.fetchval("SELECT array_agg(place) FROM ledger.placement") == ["http://well.test/"]
    assert kept_notes(taken[-1])[0].size == 9


async def test_a_witness_that_signs_wrongly_is_not_taken(world: World) -> None:
    from infra.transparency.suites import new_signer

    other = new_signer("witness/city", SHA256_ED25519, cosigns=True)

    async def answer(request: httpx.Request) -> httpx.Response:
        text = request.content.decode().partition("\n\n")[2].rpartition("\n\n")[0] + "\n"
        return httpx.Response(200, text=other.cosign(text, 1))

    world.client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    await world.add("A-1")
    with capture_logs() as logs:
        await world.keep()
    assert [entry["reason"] for entry in logs if entry["event"] == "checkpoint not placed"] == [
        "cosignature does not hold"
    ]


async def test_stale_heads_raise_an_alarm_and_close_exports(world: World) -> None:
    working, world.client = (
        world.client,
        httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(503))),
    )
    world.settings = world.settings.model_copy(update={"stale_seconds": 1e-9, "require_witnessed": True})
    await world.add("A-1")
    with capture_logs() as logs:
        kept = await world.keep()
    assert [entry["log_level"] for entry in logs if entry["event"] == "checkpoints are stale"] == ["error"]
    assert await unwitnessed_seconds(world.pool, kept.log) > 0
    with pytest.raises(ExportRefused, match="拒绝导出"):
        await world.export("A-1")
    assert not list(world.folder.glob("*.zip*"))
    world.client = working
    with capture_logs() as logs:
        await world.keep()
    assert not [entry for entry in logs if entry["event"] == "checkpoints are stale"]
    assert await unwitnessed_seconds(world.pool, kept.log) == 0, "a quiet night is not stale"
    await world.export("A-1")


async def test_the_age_is_a_metric(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    monkeypatch.setattr(keeper, "_age", MeterProvider([reader]).get_meter("test").create_gauge("age"))
    await world.add("A-1")
    await world.keep()
    data = json.loads(reader.get_metrics_data().to_json())  # type: ignore[union-attr]
    assert data["resource_metrics"][0]["scope_metrics"][0]["metrics"][0]["data"]["data_points"][0]["value"] == 0


async def test_without_a_key_nothing_is_signed(database: asyncpg.Pool) -> None:
    stopping = asyncio.Event()
    stopping.set()
    await keeper.run(database, AuditSettings(), stopping)
    assert await database.fetchval("SELECT count(*) FROM ledger.merkle_log") == 0


@pytest.mark.parametrize(
    "told",
    [
        {"require_witnessed": True},
        {"witnesses": [{"url": "http://w", "key": "w"}]},
        {"witnesses": [{"url": "ftp://w", "key": "w"}], "key_path": "k"},
    ],
)
def test_settings_that_cannot_work_are_refused(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"audit\."):
        AuditSettings.model_validate(told)


async def test_the_metric_is_sent_where_there_is_a_collector() -> None:
    """Over OTLP/HTTP, in a process of its own: the provider is one for each process."""
    sent: list[tuple[str, bytes]] = []
    done = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:"))
        body = await reader.readexactly(length)
        sent.append((head.split(" ")[1], gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        done.set()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        code = (
            "from infra.settings import TelemetrySettings; from infra.telemetry.start import start_metrics;"
            f"end = start_metrics(TelemetrySettings(otlp_endpoint='http://127.0.0.1:{port}'));"
            "from infra.transparency import keeper; keeper._age.set(7.0); end()"
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
        async with asyncio.timeout(60):
            await done.wait()
            assert await process.wait() == 0
    assert sent[0][0] == "/v1/metrics"
    assert b"mianzheng_unwitnessed_seconds" in sent[0][1]
