"""audit erase, audit hold …, audit purge: what is destroyed, what must be kept; each an event of the signed log."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.failures import ExitCode, Failure
from infra.cli.looking import operator
from infra.cli.output import Json, emit, local, note, working
from infra.cli.process import run
from infra.cli.session import StateOption, database, load_settings, temporal_client
from infra.cli.trail import stored
from schemas.application import Actor
from schemas.codes import ActorKind
from schemas.erasure import (
    ErasureOrdered,
    ErasureRefused,
    HoldGround,
    HoldPlaced,
    PurgeClass,
    Reason,
    SubjectErased,
)
from schemas.texts import zh_retention as zh

if TYPE_CHECKING:
    import asyncpg

    from infra.retention.register import Orders
    from infra.settings import Settings

hold = typer.Typer(no_args_is_help=True, help="留存令：复议、诉讼、检查期间不得清除。Legal holds.")

Order = Annotated[str, typer.Option(help="文号。The number of the order.", show_default=False)]
By = Annotated[str, typer.Option(help="工号：依谁的令。By whose order.", show_default=False)]
Subject = Annotated[str, typer.Argument(metavar="假名", help="subject_ref，s_ 开头", show_default=False)]


def erase(
    subject_ref: Subject,
    order: Order,
    by: By,
    confirm: Annotated[bool, typer.Option("--confirm", help="确认他人所登记的清除令，并执行。")] = False,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """清除一个当事人：一人登记，另一人确认；不得清除的，连同理由记入台账。Erase a person: two people, on record.

    办件档案保管期未满，或尚在复议、诉讼、核查之中的，不予清除（国务院令第716号第十二条）。中断后再次执行即继续。

    \b
    例：
      mianzheng audit erase s_… --order '德政办〔2036〕3号' --by gh-001
      mianzheng audit erase s_… --order '德政办〔2036〕3号' --by gh-002 --confirm
    """
    if not re.fullmatch(r"s_[0-9a-f]{32}", subject_ref):
        raise Failure("假名须为 s_ 与 32 位小写十六进制", ExitCode.INVALID)
    ErasureOrdered(subject_ref=subject_ref, order=order, by=by)  # what is malformed is no order at all
    settings = load_settings(state_dir)
    with working("清除当事人") as step, stored(state_dir, settings, step):
        body, until = run(_erase(settings, subject_ref, order.strip(), by, confirm))
    plain: dict[str, Any] = body.model_dump(mode="json") | {"histories_until": until and until.isoformat()}
    window = local(until) if until else zh.UNKNOWN_WINDOW
    match body:
        case ErasureRefused(reasons=reasons):
            emit(plain, lambda: zh.REFUSED + "；".join(_said(reason) for reason in reasons))
            raise typer.Exit(ExitCode.FAILED)
        case ErasureOrdered():
            emit(plain, lambda: zh.ORDERED.format(order=order, until=window))
        case SubjectErased(files=files):
            emit(plain, lambda: zh.ERASED.format(subject=subject_ref, order=order, files=files, until=window))


async def _erase(
    settings: Settings, subject_ref: str, order: str, by: str, confirm: bool
) -> tuple[ErasureOrdered | ErasureRefused | SubjectErased, datetime | None]:
    from infra.evidence_store import FileEvidenceStore
    from infra.identity.subject_keys import SubjectKeys
    from infra.retention.erasing import Erasures
    from infra.retention.files import UsesBehind

    until = await histories_until(settings)
    async with _orders(settings) as (orders, eraser):
        keys = SubjectKeys(orders.pool, settings.identity.master_key_bytes)
        evidence = FileEvidenceStore(settings.evidence_path, keys)
        erasures = Erasures(orders, settings.retention, eraser, evidence, settings.exports_path)
        try:
            if confirm:
                return await erasures.confirm(subject_ref, order, by, until), until
            return await erasures.order(subject_ref, order, by), until
        except UsesBehind:
            raise Failure(zh.BEHIND) from None


async def histories_until(settings: Settings) -> datetime | None:
    """By when the histories of all that has ended until now are gone from Temporal; ``None``: it does not answer."""
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
    from temporalio.service import RPCError

    try:
        client = await temporal_client(settings)
        request = DescribeNamespaceRequest(namespace=settings.temporal.namespace)
        told = await client.workflow_service.describe_namespace(request, timeout=timedelta(seconds=5))
    except (RuntimeError, RPCError):
        return None
    return datetime.now(UTC) + told.config.workflow_execution_retention_ttl.ToTimedelta()


@hold.command("place")
def place_hold(
    hold_id: Annotated[str, typer.Argument(metavar="编号", help="留存令的编号", show_default=False)],
    ground: Annotated[HoldGround, typer.Option(help="复议、诉讼、检查、其他。", show_default=False)],
    order: Order,
    by: By,
    reason: Annotated[str, typer.Option(help="事由，不写个人信息。", show_default=False)],
    case: Annotated[str | None, typer.Option(help="办件编号。", show_default=False)] = None,
    subject: Annotated[str | None, typer.Option(help="假名：其全部办件。", show_default=False)] = None,
    state_dir: StateOption = None,
) -> None:
    """登记留存令：一件办件，或一个当事人的全部办件，不得清除。Place a hold.

    \b
    例：
      mianzheng audit hold place FY-2026-7 --ground reconsideration --case 办件编号 --order 文号 --by 工号 --reason 复议
    """
    from infra.retention.holds import place

    body = HoldPlaced(
        hold_id=hold_id, ground=ground, application_no=case, subject_ref=subject, order=order, by=by, reason=reason
    )
    _held(state_dir, lambda orders: place(orders, body))
    emit(body.model_dump(mode="json"), lambda: f"已登记留存令 {hold_id}（{zh.GROUNDS[ground.value]}）")


@hold.command("release")
def release_hold(
    hold_id: Annotated[str, typer.Argument(metavar="编号", show_default=False)],
    order: Order,
    by: By,
    state_dir: StateOption = None,
) -> None:
    """解除留存令。Release a hold."""
    from infra.retention.holds import release

    _held(state_dir, lambda orders: release(orders, hold_id, order, by))
    note(f"已解除留存令 {hold_id}")


@hold.command("list")
def list_holds(state_dir: StateOption = None, json: Json = False) -> None:
    """现行的留存令。The holds that stand."""
    found = _held(state_dir, lambda orders: orders.holds())
    emit(
        [each.model_dump(mode="json") for each in found],
        lambda: (
            "\n".join(
                f"{each.hold_id} {zh.GROUNDS[each.ground.value]} {each.application_no or each.subject_ref} {each.order}"
                for each in found
            )
            or "没有"
        ),
    )


def _held(state_dir: Path | None, act: Any) -> Any:
    from infra.retention.holds import HoldRefused

    settings = load_settings(state_dir)

    async def command() -> Any:
        async with database(settings) as pool:
            return await act(_orders_of(settings, pool))

    with working("留存令") as step, stored(state_dir, settings, step):
        try:
            return run(command())
        except HoldRefused as refused:
            raise Failure(zh.HOLD_REFUSED[refused.code], ExitCode.INVALID) from None


def purge(
    what: Annotated[PurgeClass, typer.Argument(metavar="类别", help="access_record、deliveries 或 inbox")],
    by: By,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """清理超过保存期限、不在留存令之下的记录；先将条数与摘要记入台账。Purge what has outlived its period, provably.

    保存期限见设置 retention（法定下限 180 日）；台账的事件从不清理。

    \b
    例：
      mianzheng audit purge access_record --by gh-001
    """
    from infra.retention.files import UsesBehind
    from infra.retention.purging import Purges

    settings = load_settings(state_dir)

    async def command() -> Any:
        async with _orders(settings) as (orders, eraser):
            try:
                return await Purges(orders, settings.retention, eraser).purge(what, by)
            except UsesBehind:
                raise Failure(zh.BEHIND) from None

    with working("清理") as step, stored(state_dir, settings, step):
        done = run(command())
    name = zh.PURGES[what.value]
    emit(
        [body.model_dump(mode="json") for body in done],
        lambda: (
            "\n".join(
                zh.PURGED.format(what=name, before=local(body.before), count=body.count, digest=body.digest)
                for body in done
            )
            or zh.NOTHING_TO_PURGE.format(what=name)
        ),
    )


@asynccontextmanager
async def _orders(settings: Settings) -> AsyncIterator[tuple[Orders, asyncpg.Pool]]:
    """The orders, and the pool of the role that destroys.  Raises Failure where there is none."""
    from infra.postgres.pool import open_pool

    dsn = settings.postgres.eraser_dsn or settings.postgres.admin_dsn
    if dsn is None:
        raise Failure("未设置 postgres.eraser_dsn", ExitCode.INVALID, hint="环境变量 MIANZHENG_POSTGRES__ERASER_DSN")
    async with database(settings) as pool:
        eraser = await open_pool(dsn.get_secret_value(), 1, application_name="mianzheng-eraser")
        try:
            yield _orders_of(settings, pool), eraser
        finally:
            await eraser.close()


def _orders_of(settings: Settings, pool: asyncpg.Pool) -> Orders:
    from infra.identity.subject_keys import SubjectKeys
    from infra.ledger.writer import PostgresLedger
    from infra.retention.register import Orders

    actor = Actor(kind=ActorKind.SYSTEM, actor_id=operator(settings).principal_id)
    return Orders(pool, PostgresLedger(pool, SubjectKeys(pool, settings.identity.master_key_bytes)), actor)


def _said(reason: Reason) -> str:
    text = zh.REASONS[reason.code].format(until=reason.until, detail=reason.detail)
    return f"{reason.application_no}：{text}" if reason.application_no else text
