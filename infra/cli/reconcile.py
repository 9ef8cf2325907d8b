"""audit reconcile and explain: hold Temporal's histories against the ledger, account for what was done by hand."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit, note, working
from infra.cli.process import run
from infra.cli.session import StateOption, database, load_settings, temporal_client
from schemas.application import Actor
from schemas.clock import COUNTY_TIME
from schemas.codes import ActorKind
from schemas.reconcile import INTERFERENCE, Code
from schemas.reconcile_events import InterferenceExplained, ReconcileAsked, ReconcileDone
from schemas.texts import zh_reconcile

if TYPE_CHECKING:
    from infra.settings import Settings


def reconcile(
    case: Annotated[list[str] | None, typer.Argument(metavar="办件编号…", show_default=False)] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="只对自此日（含）起仍在运行过的流程。", show_default=False),
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", help="另以现行代码重放每次运行。")] = False,
    look: Annotated[bool, typer.Option("--look", help="只看：不记入登记簿，不补记。")] = False,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """对账：逐个流程核对 Temporal 历史与台账。Hold the histories against the ledger.

    不写办件编号时核对全部流程。结果记入登记簿；已结束而未入账的事件予以补记。有不符时退出码为 1。

    \b
    例：
      mianzheng audit reconcile
      mianzheng audit reconcile 办件编号 --deep
      mianzheng audit reconcile --since 2026-11-30 --json
    """
    settings = load_settings(state_dir)
    begin = datetime.combine(since.date(), time.min, COUNTY_TIME).astimezone(UTC) if since is not None else None
    number = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    asked = ReconcileAsked(number=number, cases=tuple(case or ()), since=begin, deep=deep, files=not look)
    with working("对账"):
        done = run(_reconcile(settings, asked))
    if asked.cases and done.workflows == 0 and not done.counts:
        raise Failure("Temporal 与台账中都没有这些办件", ExitCode.NOT_FOUND)
    emit(done, lambda: _shown(done))
    if done.counts:
        raise typer.Exit(ExitCode.FAILED)


def explain(
    code: Annotated[Code, typer.Argument(metavar="类别", help="如 terminated、reset", show_default=False)],
    stream: Annotated[str, typer.Argument(metavar="流程", show_default=False)],
    run_id: Annotated[str, typer.Argument(metavar="运行", show_default=False)],
    history_event: Annotated[int, typer.Argument(metavar="历史第几条", show_default=False)],
    reason: Annotated[str, typer.Option(help="为何这样做。", show_default=False)],
    reference: Annotated[str, typer.Option(help="所凭的命令、督办单或会议纪要。", show_default=False)],
    by: Annotated[str, typer.Option(help="作说明的人的编号。", show_default=False)],
    case: Annotated[str | None, typer.Option(help="所涉办件的编号。", show_default=False)] = None,
    state_dir: StateOption = None,
) -> None:
    """说明一次对账所发现的干预，记入登记簿；此后对账不再报告它。Account for an interference, on the record.

    只能说明人为干预（终止、重置、信号、操作、取消、失败）；台账与历史不符的不能说明了事。

    \b
    例：
      mianzheng audit explain terminated application/办件编号 运行 26 --reason 重复收件 --reference 督办单12 --by s-1
    """
    if code not in INTERFERENCE:
        known = "、".join(each.value for each in INTERFERENCE)
        raise Failure(f"{code.value} 是台账与历史不符，不能以说明了结；可以说明的：{known}", ExitCode.INVALID)
    settings = load_settings(state_dir)
    body = InterferenceExplained(
        code=code, stream=stream, run_id=run_id, history_event=history_event, reason=reason, reference=reference
    )
    actor = Actor(kind=ActorKind.SUPERVISOR, actor_id=by)
    with working("记入登记簿"):
        new = run(_explain(settings, body, actor, case))
    note("已记入登记簿" if new else "此前已有说明，未作改动")


async def _reconcile(settings: Settings, asked: ReconcileAsked) -> ReconcileDone:
    from workers.resources import reconciler_of

    client = await temporal_client(settings)
    async with database(settings) as pool:
        return await reconciler_of(settings, pool).reconcile(client, asked)


async def _explain(settings: Settings, body: InterferenceExplained, actor: Actor, case: str | None) -> bool:
    from infra.identity.subject_keys import SubjectKeys
    from infra.ledger.writer import PostgresLedger
    from infra.reconcile.filing import Filing

    async with database(settings) as pool:
        keys = SubjectKeys(pool, settings.identity.master_key_bytes)
        return await Filing(pool, PostgresLedger(pool, keys)).explain(body, actor, case)


def _shown(done: ReconcileDone) -> RenderableType:
    numbers = {"workflows": done.workflows, "runs": done.runs, "events": done.events}
    said = []
    if done.past:
        said.append(zh_reconcile.PAST.format(past=done.past))
    if done.erased:
        said.append(zh_reconcile.ERASED.format(erased=done.erased))
    if done.explained:
        said.append(zh_reconcile.EXPLAINED.format(explained=done.explained))
    if not done.counts:
        return "\n".join([zh_reconcile.AGREES.format(**numbers), *said])
    count = sum(done.counts.values())
    if count > len(done.findings):
        said.append(zh_reconcile.MORE.format(shown=len(done.findings)))
    table = Table("类别", "流程", "运行", "历史第几条", "事件", "细节")
    for each in done.findings:
        where = str(each.history_event or "")
        event = str(each.event_id or "")
        table.add_row(each.code.value, escape(each.stream), each.run_id or "", where, event, escape(each.detail))
    todo = [
        f"{code.value}（{n}）{zh_reconcile.FINDINGS[code]}。{zh_reconcile.TODO[code]}"
        for code, n in done.counts.items()
    ]
    return Group(zh_reconcile.DISAGREES.format(count=count, **numbers), table, *map(escape, [*todo, *said]))
