"""A witness (C2SP tlog-witness): keeps the last head of each log it knows, and cosigns only what continues it.

It belongs to another office than the log's.  It needs a directory and nothing else: no database, no secret but its own
key.  A new head is durable before its cosignature is given; looking and keeping are one step under a lock.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from infra.audit.verify import Bad, Key, Note, consistent, read_key, read_note
from infra.transparency.suites import Signer

LARGEST_BODY = 64 * 1024
LARGEST_PROOF = 63


@dataclass(frozen=True)
class Answer:
    """What the witness says: an HTTP status and a body."""

    status: int
    body: str = ""
    kind: str = "text/plain; charset=utf-8"


class WitnessState:
    """The last head of each log, a file each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def last(self, origin: str) -> tuple[int, bytes] | None:
        """Size and root of the last head.  Raises ValueError for a file that was damaged: then nothing is signed."""
        try:
            told = json.loads(self._path(origin).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return int(told["size"]), bytes.fromhex(told["root"])

    def keep(self, note: Note) -> None:
        """Keep a head, durably."""
        path = self._path(note.origin)
        fresh = path.with_suffix(".new")
        told = {"origin": note.origin, "size": note.size, "root": note.root.hex(), "text": note.text}
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(told, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One at a time, among processes too."""
        with (self._directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _path(self, origin: str) -> Path:
        return self._directory / f"{hashlib.sha256(origin.encode()).hexdigest()}.json"


class WitnessService:
    """The rules of a witness; ``now`` gives seconds since the epoch."""

    def __init__(
        self, signer: Signer, logs: Sequence[str], directory: Path, now: Callable[[], float] = time.time
    ) -> None:
        keys = [read_key(each) for each in logs]
        if not signer.cosigns or any(key.cosigns for key in keys):
            raise ValueError("见证方须用见证密钥，所见证的须是日志的公钥")
        self._logs: Mapping[str, Key] = {key.name: key for key in keys}
        self._signer = signer
        self._state = WitnessState(directory)
        self._now = now

    def add_checkpoint(self, body: bytes) -> Answer:
        """The one call of the protocol."""
        try:
            old, proof, note = read_request(body)
        except Bad:
            return Answer(400)
        key = self._logs.get(note.origin)
        if key is None:
            return Answer(404)
        try:
            if key.signs(note) is None:
                return Answer(403)
        except Bad:
            return Answer(403)
        if old > note.size:
            return Answer(400)
        with self._state.alone():
            size, root = self._state.last(note.origin) or (0, key.digest(b""))
            if old != size:
                return Answer(409, f"{size}\n", "text/x.tlog.size")
            if old == note.size and root != note.root:
                self._alarm(note, "another root of the same size")
                return Answer(409)
            if not consistent(key.digest, old, note.size, root, note.root, proof):
                self._alarm(note, "not consistent")
                return Answer(422)
            if old != note.size:
                self._state.keep(note)
            return Answer(200, self._signer.cosign(note.text, int(self._now())))

    def _alarm(self, note: Note, why: str) -> None:
        structlog.get_logger().error("log shows another history", origin=note.origin, size=note.size, why=why)

    def app(self) -> Starlette:
        """The service over HTTP."""

        async def add(request: Request) -> Response:
            body = b""
            async for piece in request.stream():
                body += piece
                if len(body) > LARGEST_BODY:
                    return Response(status_code=413)
            answer = await asyncio.to_thread(self.add_checkpoint, body)
            return Response(answer.body, answer.status, headers={"content-type": answer.kind})

        async def key(_: Request) -> Response:
            return PlainTextResponse(self._signer.verifier_key() + "\n")

        return Starlette(routes=[Route("/add-checkpoint", add, methods=["POST"]), Route("/key", key)])


def read_request(body: bytes) -> tuple[int, list[bytes], Note]:
    """Old size, consistency proof and head of a request.  Raises Bad."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Bad("not UTF-8") from None
    head, found, checkpoint = text.partition("\n\n")
    first, *lines = head.split("\n")
    old = first.removeprefix("old ")
    if not found or not first.startswith("old ") or not (old.isascii() and old.isdecimal()) or len(old) > 19:
        raise Bad("no old size")
    if (old != "0" and old.startswith("0")) or len(lines) > LARGEST_PROOF:
        raise Bad("not of the form")
    try:
        proof = [base64.b64decode(line, validate=True) for line in lines]
    except (binascii.Error, ValueError):
        raise Bad("not base64") from None
    return int(old), proof, read_note(checkpoint)
