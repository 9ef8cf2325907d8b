"""What an attacker does: to the database as one whom no trigger stops, and to the files of a bundle."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg

from infra.ledger.rows import genesis

TABLES = ("event", "leaf", "sealed_field", "merkle_node", "checkpoint", "placement")


async def tamper(admin: asyncpg.Pool, *statements: str) -> None:
    """Run statements with every trigger off, foreign keys too."""
    async with admin.acquire() as connection, connection.transaction():
        for table in TABLES:
            await connection.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER ALL")
        for statement in statements:
            await connection.execute(statement)
        for table in TABLES:
            await connection.execute(f"ALTER TABLE ledger.{table} ENABLE TRIGGER ALL")


async def rehash(admin: asyncpg.Pool, stream: str) -> None:
    """Compute every hash of a stream again, so that its chain holds."""
    chain, updates = genesis(stream), []
    rows = await admin.fetch("SELECT event_id, canonical FROM ledger.event WHERE stream = $1 ORDER BY position", stream)
    for row in rows:
        digest = hashlib.sha256(row["canonical"].encode()).digest()
        chain = hashlib.sha256(chain + digest).digest()
        updates.append(
            f"UPDATE ledger.event SET digest = '\\x{digest.hex()}', chain_hash = '\\x{chain.hex()}'"
            f" WHERE event_id = '{row['event_id']}'"
        )
    await tamper(admin, *updates)


async def forget_log(admin: asyncpg.Pool, *, lines_too: bool = True) -> None:
    """Throw the tree and its heads away, so that the online key signs what the tables say now."""
    await tamper(
        admin,
        "DELETE FROM ledger.merkle_node",
        "DELETE FROM ledger.checkpoint",
        *(["DELETE FROM ledger.placement"] if lines_too else []),
    )


async def close_gaps(admin: asyncpg.Pool) -> None:
    """Number the leaves anew, so that none seems to be missing."""
    await tamper(
        admin,
        "CREATE TEMP TABLE kept ON COMMIT DROP AS"
        " SELECT row_number() OVER (ORDER BY index) - 1 AS index, event_id FROM ledger.leaf",
        "DELETE FROM ledger.leaf",
        "INSERT INTO ledger.leaf SELECT index, event_id FROM kept",
    )


def changed(bundle: Path, change: Callable[[dict[str, bytes]], None], *, relist: bool = True) -> Path:
    """A copy with other files; ``relist`` makes its manifest name them, as an attacker would."""
    with zipfile.ZipFile(bundle) as before:
        files = {name: before.read(name) for name in before.namelist()}
    change(files)
    if relist:
        manifest: dict[str, Any] = json.loads(files["manifest.json"])
        manifest["files"] = {
            name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != "manifest.json"
        }
        files["manifest.json"] = json.dumps(manifest, ensure_ascii=False).encode()
    path = bundle.with_name(f"changed-{bundle.name}")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for name, content in files.items():
            after.writestr(name, content)
    return path


def manifest_with(**changes: object) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        files["manifest.json"] = json.dumps(json.loads(files["manifest.json"]) | changes).encode()

    return change
