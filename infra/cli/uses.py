"""audit uses: what of a person was used, by whom, when."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from infra.cli.failures import ExitCode, Failure
from infra.cli.looking import looking
from infra.cli.output import emit, local, note, working
from infra.cli.process import run
from infra.cli.session import database, load_settings
from infra.cli.trail import stored
from schemas.authority import Action
from schemas.texts import zh_uses

if TYPE_CHECKING:
    from infra.settings import Settings
    from infra.uses.read import SubjectUse

Page = tuple[tuple["SubjectUse", ...], str | None, int]


def show_uses(subject_ref: str, limit: int, cursor: str | None, state_dir: Path | None) -> None:
    """Show a page.  Raises Failure for what is no pseudonym or no cursor."""
    if not re.fullmatch(r"s_[0-9a-f]{32}", subject_ref):
        raise Failure("假名须为 s_ 与 32 位小写十六进制", ExitCode.INVALID)
    settings = load_settings(state_dir)
    with working("查询使用情况") as step, stored(state_dir, settings, step):
        found, follows, up_to = run(_read(settings, subject_ref, cursor, limit))
    plain = {"subject_ref": subject_ref, "next": follows, "read_up_to": up_to}
    emit(plain | {"uses": [use.model_dump(mode="json") for use in found]}, lambda: _table(subject_ref, found))
    if follows is not None:
        note(f"还有；接着看：--cursor {follows}")


async def _read(settings: Settings, subject_ref: str, cursor: str | None, limit: int) -> Page:
    from infra.uses import read
    from infra.worklist.listed import BadCursor

    async with database(settings) as pool:
        async with looking(settings, pool) as look:
            await look(Action.ACCESS_RECORD, subject_ref=subject_ref)
        up_to = await read.read_up_to(pool)
        try:
            found, follows = await read.uses_of(pool, subject_ref, cursor, limit)
        except BadCursor:
            raise Failure("--cursor 须是上一页所给的 next", ExitCode.INVALID) from None
    return found, follows, up_to


def _table(subject_ref: str, found: tuple[SubjectUse, ...]) -> Table:
    table = Table(title=f"{subject_ref} 的使用情况", title_justify="left")
    for column in ("时间", "何事", "谁", "办件", "为何", "内容"):
        table.add_column(column, overflow="fold", no_wrap=column in ("时间", "何事"))
    for use in found:
        kind = zh_uses.KINDS.get(use.kind, use.kind)
        told = " · ".join(_said(value) for value in use.told.values())
        cells = (use.who, use.application_no or "", use.purpose or "", told)
        table.add_row(local(use.at), kind, *map(escape, cells))
    return table


def _said(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
