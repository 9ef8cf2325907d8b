"""Making what a request asks for, at the command line as at the door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

from infra.audit.export import export, export_reading
from infra.audit.files import EvidenceFiles
from infra.audit.selection import cases_of, hidden_of
from infra.audit.source import ExportRefused, Told, Wanted
from infra.audit.verify import Bad, kept_notes
from infra.settings import AuditSettings
from infra.transparency.keys import load_key
from schemas.authority import Visibility
from schemas.export import ExportFormat, ExportRequest


async def make(
    pool: asyncpg.Pool,
    settings: AuditSettings,
    request: ExportRequest,
    sees: Visibility,
    out: Path,
    progress: Callable[[int, int | None], None] = lambda *_: None,
    *,
    on_record: Callable[[Told], Awaitable[None]],
    files: EvidenceFiles,
) -> Told:
    """Write to ``out`` what a request asks for, of what whoever asks may see; ``progress`` is told cases done, and of
    how many where that is known; ``on_record`` is awaited before there is a file; ``files`` are looked into where the
    request wants them.

    Raises ExportRefused; then nothing is written.
    """
    if settings.key_path is None:
        raise ExportRefused("no_key")
    try:
        signer = load_key(settings.key_path)
    except (ValueError, OSError) as error:
        raise ExportRefused("bad_key", what=error) from error
    cases: list[str] = []
    if not request.period:
        cases = await cases_of(pool, request, sees, settings.export_cases)
        if len(cases) > settings.export_cases:
            raise ExportRefused("too_many", most=settings.export_cases)
        if hidden := await hidden_of(pool, request.applications, sees):
            raise ExportRefused("unknown", what="、".join(hidden[:5]))
        if not cases:
            raise ExportRefused("nothing")
    if (request.period or request.complete) and not sees.everything:
        raise ExportRefused("whole_log")
    try:
        anchors = [note for text in request.anchors for note in kept_notes(text)]
    except Bad as bad:
        raise ExportRefused("no_anchor", what=bad) from None
    wanted = Wanted(cases, request.period, request.beginning, request.end, request.complete, anchors)
    total = None if request.period else len(cases)

    def told(done: int) -> None:
        progress(done, total)

    if request.format is not ExportFormat.BUNDLE:
        form = request.format
        return await export_reading(pool, settings, signer, wanted, form, out, told, on_record=on_record)
    wanted_files = files if request.with_files else None
    return await export(pool, settings, signer, wanted, out, told, on_record=on_record, files=wanted_files)
