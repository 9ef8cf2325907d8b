"""audit export: take a bundle, or a file for reading, away."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, counting, emit, note
from infra.cli.process import run
from infra.cli.session import StateOption, database, load_settings
from infra.cli.trail import stored
from schemas.export import SUFFIXES, ExportFormat, ExportRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.audit.source import Told
    from infra.settings import Settings


def export(
    case: Annotated[list[str] | None, typer.Argument(metavar="办件编号…", show_default=False)] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="写到这个文件。", show_default="audit.zip")
    ] = None,
    form: Annotated[
        ExportFormat, typer.Option("--format", help="bundle 为证明包（含其余各种）；其余供阅读与分析，不带证明。")
    ] = ExportFormat.BUNDLE,
    department: Annotated[
        str | None, typer.Option(help="某部门受理或决定的办件（统一社会信用代码）。", show_default=False)
    ] = None,
    item: Annotated[str | None, typer.Option(help="某事项的办件（实施编码）。", show_default=False)] = None,
    stage: Annotated[str | None, typer.Option(help="所处阶段，如 handed_over。", show_default=False)] = None,
    route: Annotated[
        str | None, typer.Option(help="有证明要求凭此路径免提交，如 commitment；或 volunteered。", show_default=False)
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(help="有来源如此应答，如 adverse、no_record。", show_default=False)
    ] = None,
    not_exempted: Annotated[bool, typer.Option("--not-exempted", help="有证明要求不能免提交。")] = False,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="自此日（含）。", show_default=False)
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="至此日（含）。", show_default=False)
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="附期间的全部叶，证明各流末尾没有少（不含他件内容）。")
    ] = False,
    anchor: Annotated[
        list[Path] | None, typer.Option(help="自存的检查点文件：证明日志是其延续；可多次。", show_default=False)
    ] = None,
    with_files: Annotated[
        bool, typer.Option("--with-files", help="附证据文件原件（个人信息，未加密）；须写 --reason。")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="导出的理由，记入台账。", show_default=False)] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="不显示进度。")] = False,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """导出可离线核验的审计包：所列办件、符合条件的办件，或某期间的全部事件。Export a bundle for offline verification.

    不写办件编号也不写条件时，导出期间内的全部事件（从前一个检查点到后一个检查点）；写条件时，日期是收件日期。

    \b
    例：
      mianzheng audit export 办件编号 --out 办件.zip --complete --anchor 自存检查点.txt
      mianzheng audit export --from 2026-11-01 --to 2026-11-30 --out 十一月.zip
      mianzheng audit export --department 11350526MB0000002F --from 2026-11-01 --out 部门.zip
      mianzheng audit export --route commitment --format ocel --out 告知承诺.jsonocel
    """
    from infra.audit.source import ExportRefused

    query = {
        "department": department, "item_code": item, "stage": stage, "ground": route, "outcome": outcome,
        "not_exempted": not_exempted,
    }  # fmt: skip
    request = ExportRequest.model_validate(
        {
            "applications": tuple(case or ()), "query": query, "since": _day(since), "until": _day(until),
            "format": form, "complete": complete, "anchors": tuple(_text(path) for path in anchor or ()),
            "with_files": with_files, "reason": reason,
        }
    )  # fmt: skip
    file = out_file or Path(f"audit{SUFFIXES[form]}")
    settings = load_settings(state_dir)
    with (
        stored(state_dir, settings, _silent if quiet else note),
        counting("导出办件", quiet=quiet) as progress,
    ):
        try:
            told = run(_export(settings, request, file, progress))
        except ExportRefused as refused:
            code = ExitCode.NOT_FOUND if refused.code in ("unknown", "nothing") else ExitCode.FAILED
            raise Failure(str(refused), code) from refused
    plain = {"file": str(file), "origin": told.origin, "size": told.size, "cases": told.cases}
    emit(
        plain | {"events": told.events, "range": list(told.span) if told.span else None},
        lambda: f"已导出 {told.cases} 件办件 {told.events} 条事件，日志第 {told.size} 条：{file}",
    )


async def _export(
    settings: Settings, request: ExportRequest, file: Path, progress: Callable[[int, int | None], None]
) -> Told:
    from infra.audit.files import EvidenceFiles
    from infra.audit.making import make
    from infra.cli.looking import looking
    from infra.evidence_store import FileEvidenceStore
    from infra.identity.subject_keys import SubjectKeys
    from schemas.authority import Action, Visibility

    everything, action = Visibility(everything=True), Action.UNMASK if request.with_files else Action.EXPORT
    async with database(settings) as pool, looking(settings, pool) as look:
        keys = SubjectKeys(pool, settings.identity.master_key_bytes)
        return await make(
            pool, settings.audit, request, everything, file, progress,
            on_record=lambda told: look(action, told.numbers, reason=request.reason),
            files=EvidenceFiles(FileEvidenceStore(settings.evidence_path, keys), keys),
        )  # fmt: skip


def _silent(_: str) -> None:
    """Say nothing."""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path} 不是检查点：{type(error).__name__}", ExitCode.INVALID) from error


def _day(day: datetime | None) -> date | None:
    return day.date() if day is not None else None
