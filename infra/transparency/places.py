"""Places outside, where heads are put so that the owner of the database cannot take them back."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from infra.audit.verify import Bad, Key, read_key, read_note
from infra.transparency.checkpoints import Checkpoint

SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024
Prove = Callable[[int], Awaitable[list[str]]]
"""The consistency proof from a size to the head, each hash in base64."""


class NotPlaced(Exception):
    """A place did not take a head; ``contradicts``: it holds another history than ours."""

    def __init__(self, why: str, *, contradicts: bool = False) -> None:
        super().__init__(why)
        self.contradicts = contradicts


class Place(Protocol):
    """Where heads are put."""

    @property
    def name(self) -> str:
        """Its name among placements; never changed."""

    async def put(self, checkpoint: Checkpoint, prove: Prove) -> str:
        """Put a head there; gives the cosignature lines, empty where the place does not sign.  Raises NotPlaced."""


@dataclass(frozen=True)
class AppendOnlyFile:
    """A file of JSON lines, on a disk of somebody else or one that cannot be written twice."""

    path: Path

    @property
    def name(self) -> str:
        """The path."""
        return f"file:{self.path}"

    async def put(self, checkpoint: Checkpoint, prove: Prove) -> str:
        """Append one line, durably."""
        try:
            await asyncio.to_thread(self._append, json.dumps({"checkpoint": checkpoint.note}, ensure_ascii=False))
        except OSError as error:
            raise NotPlaced(type(error).__name__) from error
        return ""

    def _append(self, line: str) -> None:
        with os.fdopen(
            os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), "a", encoding="utf-8"
        ) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())


@dataclass(frozen=True)
class HttpPlace:
    """Any address that takes the head as the body of a POST and answers with success."""

    url: str
    client: httpx.AsyncClient

    @property
    def name(self) -> str:
        """The address."""
        return self.url

    async def put(self, checkpoint: Checkpoint, prove: Prove) -> str:
        """POST the head."""
        answer = await _post(self.client, self.url, checkpoint.note)
        if not answer.is_success:
            raise NotPlaced(f"answered {answer.status_code}")
        return ""


@dataclass(frozen=True)
class Witness:
    """A witness that speaks C2SP tlog-witness."""

    url: str
    key: Key
    client: httpx.AsyncClient

    @classmethod
    def of(cls, url: str, verifier_key: str, client: httpx.AsyncClient) -> Witness:
        """From its address and its public key.  Raises Bad for what is no witness's key."""
        key = read_key(verifier_key)
        if not key.cosigns:
            raise Bad(f"{key.name} 不是见证方的公钥")
        return cls(url.rstrip("/"), key, client)

    @property
    def name(self) -> str:
        """The name of its key."""
        return f"witness:{self.key.name}"

    async def put(self, checkpoint: Checkpoint, prove: Prove) -> str:
        """Ask for a cosignature; what size it knows, it says itself."""
        answer = await self._ask(0, [], checkpoint)
        if answer.status_code == httpx.codes.CONFLICT and answer.headers.get("content-type") == "text/x.tlog.size":
            known = int(answer.text) if answer.text.strip().isdecimal() else -1
            if not 0 < known <= checkpoint.size:
                raise NotPlaced(f"knows a head of {answer.text.strip()[:20]}", contradicts=known > checkpoint.size)
            answer = await self._ask(known, await prove(known), checkpoint)
        if answer.status_code in (httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY):
            raise NotPlaced("holds another history", contradicts=True)
        if answer.status_code != httpx.codes.OK or len(answer.content) > LARGEST_ANSWER:
            raise NotPlaced(f"answered {answer.status_code}")
        try:
            note = read_note(checkpoint.note + answer.text)
            if self.key.signs(note) is None:
                raise Bad("not signed")
        except Bad as bad:
            raise NotPlaced("cosignature does not hold") from bad
        return "".join(f"{line}\n" for line in answer.text.splitlines() if line.split(" ")[1:2] == [self.key.name])

    async def _ask(self, old: int, proof: list[str], checkpoint: Checkpoint) -> httpx.Response:
        body = f"old {old}\n" + "".join(f"{line}\n" for line in proof) + f"\n{checkpoint.note}"
        return await _post(self.client, f"{self.url}/add-checkpoint", body)


async def _post(client: httpx.AsyncClient, url: str, body: str) -> httpx.Response:
    try:
        return await client.post(url, content=body.encode(), headers={"content-type": "text/plain; charset=utf-8"})
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotPlaced(type(error).__name__) from error
