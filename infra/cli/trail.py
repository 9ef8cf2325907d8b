"""trail: everything the ledger keeps about one application, checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit, local, working
from infra.cli.process import run
from infra.cli.session import StateOption, database, load_settings, state_of
from infra.cli.trail_texts import actor, names_in, what
from infra.embedded import record
from schemas.texts import zh, zh_retention

if TYPE_CHECKING:
    from infra.ledger.trail import Trail
    from infra.settings import Settings


def trail(
    application_no: Annotated[str, typer.Argument(metavar="办件编号", help="application_no", show_default=False)],
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """调出一件办件的全部台账并核验哈希链；个人信息不显示。The verified trail of a case.

    本机服务未启动时，只临时启动其数据库来读取。核验不通过时退出码为 1。

    \b
    例：
      mianzheng trail 11350526003863905X4000120001000202611230001
      mianzheng trail 办件编号 --json | jq '.events[].type'
    """
    settings = load_settings(state_dir)
    with working("读取台账") as step, stored(state_dir, settings, step):
        found = run(_read(settings, application_no))
    if not found.entries:
        raise Failure(f"台账中没有 {application_no}", ExitCode.NOT_FOUND)
    emit(_plain(found), lambda: _table(found))
    if not found.sound:
        raise Failure("台账核验未通过：" + "；".join(_place(f) for f in found.findings))


@contextmanager
def stored(state_dir: Path | None, settings: Settings, step: Any) -> Iterator[None]:
    """The database of the settings, started for the moment where it belongs to a stack that does not run."""
    from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres

    state = state_of(state_dir)
    if record.is_held(state) or not (state.postgres / "cluster").exists():
        yield
        return
    server = EmbeddedPostgres(state.postgres)
    step("服务未启动，临时启动其数据库")
    with server:
        if settings.postgres.dsn.get_secret_value() != server.dsn(APP_ROLE, "mianzheng"):
            step("设置指向别处的数据库")
        yield


async def _read(settings: Settings, application_no: str) -> Trail:
    from infra.cli.looking import looking
    from infra.identity.subject_keys import SubjectKeys
    from infra.ledger.trail import read_trail
    from schemas.authority import Action

    async with database(settings) as pool:
        found = await read_trail(pool, application_no, keys=SubjectKeys(pool, settings.identity.master_key_bytes))
        if found.entries:
            async with looking(settings, pool) as look:
                await look(Action.TRAIL, [application_no])
    # The keys are for checking the sealed values; none of them is shown.
    masked = tuple(replace(entry, hidden=(*entry.hidden, *entry.opened), opened={}) for entry in found.entries)
    return replace(found, entries=masked)


def _plain(found: Trail) -> dict[str, Any]:
    return {
        "application_no": found.application_no,
        "verified": found.sound,
        "erased": list(found.erased),
        "findings": [
            {"stream": f.stream, "position": f.position, "event_id": str(f.event_id)}
            | {"flaw": f.flaw.value, "detail": f.detail}
            for f in found.findings
        ],
        "events": [
            {
                "stream": entry.row.stream,
                "sequence": entry.row.sequence,
                "event_id": str(entry.row.event_id),
                "type": entry.row.type,
                "occurred_at": entry.row.occurred_at.isoformat(),
                "superseded": entry.superseded,
                "event": event.model_dump(mode="json") if event is not None else None,
                "chain_hash": entry.row.chain_hash.hex() if entry.row.chain_hash else None,
            }
            for entry, event in _events(found)
        ],
    }


def _events(found: Trail) -> Iterator[tuple[Any, Any]]:
    """Every entry with its event; ``None`` for a row that was made into something that is no event."""
    from infra.ledger.trail import Trail, events_of

    for entry in found.entries:
        try:
            yield entry, events_of(Trail(found.application_no, (entry,), ()), with_superseded=True)[0]
        except ValueError:
            yield entry, None


def _table(found: Trail) -> Group:
    table = Table(title=f"{found.application_no} 的台账", title_justify="left")
    for column, fixed in (("序", True), ("时间", True), ("事件", True), ("内容", False), ("谁", True)):
        table.add_column(column, no_wrap=fixed, overflow="fold", justify="right" if column == "序" else "left")
    events = list(_events(found))
    names = names_in(event.body for _, event in events if event is not None)
    for entry, event in events:
        row = entry.row
        name = zh.EVENTS.get(row.type, row.type)
        cells = [str(row.sequence), local(row.occurred_at), name]
        cells += [escape(what(event.body, names)), actor(event.actor)] if event is not None else ["（无法解读）", ""]
        table.add_row(*cells, style="dim strike" if entry.superseded else "")
    if found.sound:
        verdict = f"[green]核验通过[/]：{len(found.entries)} 条，哈希链、事件编号、封存的个人信息均相符"
    else:
        verdict = f"[bold red]核验未通过[/]：{len(found.findings)} 处"
    erased = [f"[yellow]{zh_retention.ERASED_MARK}[/]：{ref} 的个人信息，凭证仍可核验" for ref in found.erased]
    return Group(table, *erased, verdict)


def _place(finding: Any) -> str:
    return f"{finding.stream} 第 {finding.position + 1} 条 {finding.flaw.value} {finding.detail}".strip()
