"""The signed log: what it costs an append, and how fast it grows, exports and is verified.

``python -m tests.benchmarks.bench_audit [--cases 1000] [--rounds 6]`` prints: append latency with and without a
sequencer and keeper at work, in turns (reach: +5 %); leaves a second; cases exported a second and the memory for it;
events verified a second against hashing the same bytes (reach: 0.3 of it).  Nothing here is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import statistics
import sys
import tempfile
import time
import zipfile
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from infra.audit import verify
from infra.audit.export import export
from infra.audit.source import Told, Wanted
from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import sequencer
from infra.ledger.writer import PostgresLedger
from infra.postgres.migrate import upgrade
from infra.postgres.pool import open_pool
from infra.settings import AuditSettings
from infra.transparency import checkpoints, keeper
from infra.transparency.keys import ensure_key, load_key
from infra.transparency.log import MerkleLog
from infra.transparency.suites import SHA256_ED25519
from schemas.ledger import AppendRequest
from tests.ledger.cases import MASTER_KEY, whole_case

console = Console(width=110)


async def appended(ledger: PostgresLedger, first: int, count: int) -> list[float]:
    """Milliseconds of each append of nine events."""
    took = []
    for number in range(first, first + count):
        request = AppendRequest(run_id="r", chain_run_id="r", events=whole_case(f"B-{number}"))
        began = time.perf_counter()
        await ledger.append(request)
        took.append((time.perf_counter() - began) * 1000)
    return took


async def at_work(dsn: str, key: Path) -> None:
    """Sequencer and keeper, as a relay runs them, until killed."""
    async with await open_pool(dsn, 4) as pool:
        print("ready", flush=True)
        stopping = asyncio.Event()
        settings = AuditSettings(key_path=key, interval_seconds=1)
        await asyncio.gather(sequencer.run(pool, stopping, 0.2), keeper.run(pool, settings, stopping))


async def append_latency(ledger: PostgresLedger, settings: AuditSettings, dsn: str, rounds: int) -> int:
    """In turns: alone, and with sequencer and keeper at work in another process."""
    alone, beside, done, each = list[float](), list[float](), 0, 150
    for _ in range(rounds):
        alone += await appended(ledger, done, each)
        command = (sys.executable, "-m", "tests.benchmarks.bench_audit", "--beside", dsn, str(settings.key_path))
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        await process.stdout.readline()
        beside += await appended(ledger, done + each, each)
        process.kill()
        await process.wait()
        done += 2 * each
    for name, took in (("alone", alone), ("with sequencer and keeper", beside)):
        spread = statistics.quantiles(took, n=20)
        console.print(f"append of nine events, {name}: median {spread[9]:.2f} ms, p95 {spread[18]:.2f} ms")
    console.print(f"  median {statistics.median(beside) / statistics.median(alone) - 1:+.1%}")
    return done


async def main(cases: int, rounds: int) -> None:
    """All of it, on a database of its own."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "pg", ephemeral=True) as server:
        server.create_database("bench")
        await upgrade(server.dsn(OWNER_ROLE, "bench"))
        key = Path(folder) / "key"
        ensure_key(key, "mianzheng/bench", SHA256_ED25519)
        settings = AuditSettings(key_path=key, file=Path(folder) / "heads.jsonl", interval_seconds=1)
        async with await open_pool(server.dsn(APP_ROLE, "bench"), 8) as pool:
            ledger = PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY))
            done = await append_latency(ledger, settings, server.dsn(APP_ROLE, "bench"), rounds)
            await appended(ledger, done, max(cases - done, 0))
            while await sequencer.sequence(pool):
                pass
            signer = load_key(key)
            fresh = await MerkleLog.open(pool, "mianzheng/fresh", SHA256_ED25519)
            began = time.perf_counter()
            while await fresh.grow(pool):
                pass
            size = await fresh.size(pool)
            console.print(f"growing: {size / (time.perf_counter() - began):,.0f} leaves a second, {size:,} leaves")
            log = await MerkleLog.open(pool, signer.name, SHA256_ED25519)
            while await log.grow(pool):
                pass
            await checkpoints.sign(pool, log, signer)
            bundle = Path(folder) / "bundle.zip"
            for some in (cases // 10, cases):
                arguments = ("--export", server.dsn(APP_ROLE, "bench"), str(key), str(bundle), str(some))
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "tests.benchmarks.bench_audit", *arguments
                )
                assert await process.wait() == 0
            verification(bundle, signer.verifier_key())


async def exporting(dsn: str, key: Path, bundle: Path, cases: int) -> None:
    """Export so many cases with all there is in a bundle, in a process that has done nothing else."""
    async with await open_pool(dsn, 2) as pool:
        rows = await pool.fetch("SELECT DISTINCT application_no FROM ledger.event ORDER BY 1 LIMIT $1", cases)
        wanted = Wanted(cases=[row["application_no"] for row in rows])
        before, began = peak_mib(), time.perf_counter()
        told = await export(pool, AuditSettings(key_path=key), load_key(key), wanted, bundle, on_record=nobody)
        seconds = time.perf_counter() - began
        more = peak_mib() - before
    mib = bundle.stat().st_size / 2**20  # noqa: ASYNC240 - a stat
    console.print(
        f"export: {told.cases:,} cases, {told.cases / seconds:,.0f} a second, {mib:.0f} MiB;"
        f" {more:.1f} MiB of memory more than before it"
    )


def peak_mib() -> float:
    """The most memory this process has had (what getrusage tells is its parent's, too)."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


async def nobody(_: Told) -> None:
    """Who exports is not what is measured."""


def verification(bundle: Path, verifier_key: str) -> None:
    """Against SHA-256 over all that is in the bundle."""
    began, total = time.perf_counter(), 0
    with zipfile.ZipFile(bundle) as files:
        names = files.namelist()
        for name in names:
            content = files.read(name)
            hashlib.sha256(content).digest()
            total += len(content)
        raw = time.perf_counter() - began
    began = time.perf_counter()
    findings = verify.verify(bundle, [verifier_key])
    seconds = time.perf_counter() - began
    with suppress(StopIteration):
        broken = next(finding for finding in findings if finding.verdict == verify.BROKEN)
        console.print(f"[red]{broken}")
    console.print(
        f"verifying {total / 2**20:.0f} MiB in {seconds:.1f} s; reading and hashing the same: {raw:.1f} s"
        f" ({raw / seconds:.2f} of its rate)"
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--cases", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--beside", nargs=2, help=argparse.SUPPRESS)
    options.add_argument("--export", nargs=4, help=argparse.SUPPRESS)
    told = options.parse_args()
    if told.export:
        dsn, key, bundle, count = told.export
        asyncio.run(exporting(dsn, Path(key), Path(bundle), int(count)))
    else:
        asyncio.run(at_work(told.beside[0], Path(told.beside[1])) if told.beside else main(told.cases, told.rounds))
