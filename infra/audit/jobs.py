"""Exports that are asked for and fetched later: each in a folder of its own, made by a process of its own.

What a job has come to stands in its folder, so that every process of the door that sees the folder can tell; the
folder is deleted when its hours are over, and what holds files of evidence also when a person is erased.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import AwareDatetime, ValidationError

from infra.audit.files import EvidenceFiles
from infra.audit.making import make
from infra.audit.source import ExportRefused, Told
from infra.evidence_store import FileEvidenceStore
from infra.identity.access_record import AccessRecord
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from infra.postgres.pool import open_pool
from infra.settings import Settings
from schemas.authority import Action, Principal, Visibility
from schemas.base import Model, Sha256Hex
from schemas.export import SUFFIXES, ExportRequest
from schemas.texts import zh_audit

BEAT_SECONDS = 5.0
SWEEP_SECONDS = 60.0
SILENT_SECONDS = 60.0
"""After which a job that says nothing has died with its process."""
PROGRESS_SECONDS = 0.5
STATE, FILE = "job.json", "export"
_SPAWN = multiprocessing.get_context("spawn")


class JobState(StrEnum):
    """What a job has come to."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    """It cannot be exported, or what was found out in trying is the finding: ``code`` and ``message`` say it."""
    FAILED = "failed"
    """It broke off; asking again is right."""


OVER = (JobState.DONE, JobState.REFUSED, JobState.FAILED)


class Job(Model):
    """One export that somebody asked for."""

    export_id: uuid.UUID
    principal_id: str
    request: ExportRequest
    asked_at: AwareDatetime
    ends_at: AwareDatetime
    """When it is deleted."""
    state: JobState = JobState.WAITING
    code: str | None = None
    message: str | None = None
    cases: int = 0
    """Done so far."""
    of_cases: int | None = None
    events: int = 0
    file_name: str | None = None
    bytes: int | None = None
    sha256: Sha256Hex | None = None

    @property
    def past(self) -> bool:
        """Whether its hours are over, deleted or not."""
        return self.ends_at < datetime.now(UTC)


class Busy(Exception):
    """Too many are waiting."""


@dataclass(frozen=True)
class Place:
    """All that the process of a job is given."""

    dsn: str = field(repr=False)
    settings: Settings = field(repr=False)
    principal: Principal
    sees: Visibility
    folder: Path


class Jobs:
    """The exports of one door; ``async with`` it for as long as the door is open."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._root = settings.exports_path
        self._places = asyncio.Semaphore(settings.audit.exports_at_once)
        self._tasks: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._beating: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._beating = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        """What is being made is broken off, and says so."""
        tasks = [*self._tasks.values(), *([self._beating] if self._beating else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def ask(self, principal: Principal, request: ExportRequest, sees: Visibility) -> Job:
        """Begin an export.  Raises Busy, and OSError where there is no place for it."""
        await asyncio.to_thread(self._sweep)
        # From here to the new task nothing is awaited: many who ask at once are counted one by one.
        if len(self._tasks) >= self._settings.audit.exports_at_once + self._settings.audit.exports_waiting:
            raise Busy
        now, hours = datetime.now(UTC), self._settings.audit.export_hours
        job = Job(
            export_id=uuid.uuid4(),
            principal_id=principal.principal_id,
            request=request,
            asked_at=now,
            ends_at=datetime.fromtimestamp(now.timestamp() + hours * 3600, UTC),
        )
        folder = self._root / str(job.export_id)
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        _write(folder, job)
        self._tasks[job.export_id] = asyncio.create_task(self._run(folder, job, principal, sees))
        return job

    def find(self, export_id: uuid.UUID, principal_id: str) -> Job | None:
        """A job of somebody's own."""
        job = _read(self._root / str(export_id))
        return job if job is not None and job.principal_id == principal_id and not job.past else None

    def of(self, principal_id: str) -> list[Job]:
        """All jobs of somebody, the newest first."""
        jobs = [job for folder in _folders(self._root) if (job := _read(folder))]
        found = [job for job in jobs if job.principal_id == principal_id and not job.past]
        return sorted(found, key=lambda job: job.asked_at, reverse=True)

    def file(self, job: Job) -> Path:
        """Where the file of one that is done lies."""
        return self._root / str(job.export_id) / FILE

    # --- pieces --------------------------------------------------------------------------------------------------

    async def _run(self, folder: Path, job: Job, principal: Principal, sees: Visibility) -> None:
        try:
            async with self._places:
                _write(folder, job.model_copy(update={"state": JobState.RUNNING}))
                place = Place(self._settings.postgres.dsn.get_secret_value(), self._settings, principal, sees, folder)
                process = _SPAWN.Process(target=_in_process, args=(place,), daemon=True)
                await asyncio.to_thread(process.start)
                try:
                    while process.is_alive():
                        await asyncio.to_thread(process.join, 1.0)
                finally:
                    if process.is_alive():
                        process.kill()
                        process.join()
        finally:
            del self._tasks[job.export_id]
            _break_off(folder)

    async def _beat(self) -> None:
        """Whoever looks at a job that is being made can tell that it is; what is over its hours goes, asked or not."""
        swept = -SWEEP_SECONDS
        while True:
            if time.monotonic() - swept >= SWEEP_SECONDS:
                with suppress(OSError):
                    await asyncio.to_thread(self._sweep)
                swept = time.monotonic()
            for export_id in list(self._tasks):
                with suppress(OSError):
                    os.utime(self._root / str(export_id) / STATE)
            await asyncio.sleep(BEAT_SECONDS)

    def _sweep(self) -> None:
        """Delete what is over its hours, and what cannot be read any more when it is as old."""
        oldest = time.time() - self._settings.audit.export_hours * 3600
        for folder in _folders(self._root):
            job = _read(folder)
            with suppress(OSError):
                if job.past if job else folder.stat().st_mtime < oldest:
                    shutil.rmtree(folder, ignore_errors=True)


def forget_files(root: Path) -> int:
    """Delete every export with files of evidence, also one that is being made; gives how many.

    Whose files are in one is not kept of it: when a person is erased, they all go.  Raises OSError.
    """
    forgotten = 0
    for folder in _folders(root):
        job = _read(folder)
        if job is not None and job.request.with_files:
            # Whoever is making it finds no place to put it, and nothing comes to be there while it goes.
            gone = folder.rename(folder.with_name(f".{folder.name.lstrip('.')}.gone"))
            shutil.rmtree(gone)
            forgotten += 1
    return forgotten


def _folders(root: Path) -> list[Path]:
    try:
        return [path for path in root.iterdir() if path.is_dir()]
    except FileNotFoundError:
        return []


def _in_process(place: Place) -> None:
    """The process of one job."""
    asyncio.run(_make(place))


async def _make(place: Place) -> None:
    job = _read(place.folder)
    if job is None:
        return
    said = 0.0

    def progress(done: int, total: int | None) -> None:
        nonlocal said
        if time.monotonic() - said > PROGRESS_SECONDS:
            said = time.monotonic()
            _write(place.folder, job.model_copy(update={"cases": done, "of_cases": total}))

    out = place.folder / FILE
    try:
        async with await open_pool(place.dsn, 2, application_name="mianzheng-export") as pool:
            keys = SubjectKeys(pool, place.settings.identity.master_key_bytes)
            files = EvidenceFiles(FileEvidenceStore(place.settings.evidence_path, keys), keys)
            ledger = PostgresLedger(pool, keys)
            async with AccessRecord(pool, ledger, "gateway") as record:

                async def on_record(told: Told) -> None:
                    """What it turned out to show, for a query or a period is not known before."""
                    action = Action.UNMASK if job.request.with_files else Action.EXPORT
                    await record.looked(place.principal, action, told.numbers, reason=job.request.reason)

                told = await make(
                    pool, place.settings.audit, job.request, place.sees, out, progress, on_record=on_record, files=files
                )
        over = await asyncio.to_thread(_done, job, told, out)
    except ExportRefused as refused:
        over = {"state": JobState.REFUSED, "code": refused.code, "message": str(refused)}
    _write(place.folder, job.model_copy(update=over))


def _done(job: Job, told: Told, out: Path) -> dict[str, object]:
    import hashlib

    with out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    name = f"免证台账-{job.asked_at:%Y%m%d-%H%M%S}{SUFFIXES[job.request.format]}"
    counts = {"cases": told.cases, "of_cases": told.cases, "events": told.events}
    return counts | {"state": JobState.DONE, "file_name": name, "bytes": out.stat().st_size, "sha256": digest}


def _break_off(folder: Path) -> None:
    """Of a job that is not over nothing is left but that it was broken off."""
    job = _read(folder)
    if job is not None and job.state not in OVER:
        for half in folder.iterdir():
            if half.name != STATE:
                half.unlink(missing_ok=True)
        _write(folder, job.model_copy(update=BROKEN_OFF))


BROKEN_OFF = {"state": JobState.FAILED, "code": "broken_off", "message": zh_audit.BROKEN_OFF}


def _write(folder: Path, job: Job) -> None:
    fresh = folder / f".{STATE}.new"
    fresh.write_text(job.model_dump_json(), encoding="utf-8")
    fresh.replace(folder / STATE)


def _read(folder: Path) -> Job | None:
    """The job of a folder, as it is now; ``None`` where there is none."""
    try:
        path = folder / STATE
        job = Job.model_validate_json(path.read_text(encoding="utf-8"))
        silent = time.time() - path.stat().st_mtime
    except (OSError, ValidationError):
        return None
    if job.state not in OVER and silent > SILENT_SECONDS:
        return job.model_copy(update=BROKEN_OFF)
    return job
