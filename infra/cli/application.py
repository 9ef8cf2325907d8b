"""application …: start a case, follow it, withdraw it."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from infra.cli import application_tables as tables
from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit, local, working
from infra.cli.process import run
from infra.cli.session import StateOption, door, load_settings, temporal_client
from schemas.application import (
    Actor,
    ApplicationRequest,
    ApplicationResult,
    ApplicationStatus,
    Explanation,
    Receipt,
    Withdraw,
    application_stream,
)
from schemas.attributes import CASE_STAGE, OPEN_REQUIREMENTS
from schemas.codes import ActorKind
from schemas.texts import zh

if TYPE_CHECKING:
    from temporalio.client import Client, WorkflowHandle

    from infra.settings import Settings

app = typer.Typer(no_args_is_help=True, help="办件：发起、查看、撤回。Start a case, follow it, withdraw it.")
ApplicationNoArgument = Annotated[str, typer.Argument(metavar="办件编号", help="application_no", show_default=False)]


@app.command()
def start(
    file: Annotated[Path, typer.Argument(metavar="FILE|-", help="申请（JSON）；- 为标准输入。", show_default=False)],
    wait: Annotated[bool, typer.Option("--wait", help="等到出结果再返回。")] = False,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """发起办件；同一申请重复发起仍是同一件。Start a case.

    输入有误时退出码为 2，并逐项指出字段。

    \b
    例：
      mianzheng application start 申请.json --wait
      cat 申请.json | mianzheng application start - --json
    """
    request = _read(file)
    settings = load_settings(state_dir)

    async def command() -> tuple[str, ApplicationResult | None]:
        async with door(settings) as intake:
            handle = await intake.submit(request)
        return handle.id, await handle.result() if wait else None

    with working(f"发起办件 {request.application_no}"):
        workflow_id, result = run(command())
    if result is not None:
        emit(result, lambda: tables.result(result))
    else:
        started = {"application_no": request.application_no, "workflow_id": workflow_id}
        emit(started, lambda: f"已收件\n查看：mianzheng application status {request.application_no}")


@app.command()
def status(application_no: ApplicationNoArgument, state_dir: StateOption = None, json: Json = False) -> None:
    """办件走到哪一步，各证明要求办得如何。How a case stands."""
    found: ApplicationStatus = _query(state_dir, application_no, "status", ApplicationStatus)
    emit(found, lambda: tables.status(found))


@app.command()
def explain(application_no: ApplicationNoArgument, state_dir: StateOption = None, json: Json = False) -> None:
    """每项证明走了或没走哪条路径，为何，依据哪一条。Every route, taken or passed over, and why."""
    found: Explanation = _query(state_dir, application_no, "explain", Explanation)
    emit(found, lambda: tables.explanation(found))


@app.command()
def wait(application_no: ApplicationNoArgument, state_dir: StateOption = None, json: Json = False) -> None:
    """等到办件出结果。Wait for the outcome of a case."""
    settings = load_settings(state_dir)

    async def command() -> ApplicationResult:
        return await _handle(await temporal_client(settings), application_no).result()

    with working(f"等待办件 {application_no} 的结果"):
        result = run(command())
    emit(result, lambda: tables.result(result))


@app.command()
def withdraw(
    application_no: ApplicationNoArgument,
    reason: Annotated[str, typer.Option(help="撤回原因，1-200 字。", show_default=False)],
    operator: Annotated[str, typer.Option(help="经办人员编号（不是姓名）。", show_default=False)],
    department: Annotated[str, typer.Option(help="经办部门的统一社会信用代码。", show_default=False)],
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """申请人撤回申请，由经办人员代为登记；重复执行只算一次。Withdraw a case at the applicant's word.

    \b
    例：
      mianzheng application withdraw 办件编号 --reason 资料有误 --operator clerk-015 --department 11350526MB0000002F
    """
    said = hashlib.sha256(f"{operator}\n{department}\n{reason}".encode()).hexdigest()
    act = Withdraw(
        command_id=f"withdraw-{said[:16]}",
        actor=Actor(kind=ActorKind.CLERK, actor_id=operator, department=department),
        reason=reason,
    )
    settings = load_settings(state_dir)

    async def command() -> Receipt:
        from temporalio.service import RPCError, RPCStatusCode

        handle = _handle(await temporal_client(settings), application_no)
        try:
            receipt: Receipt = await handle.execute_update("withdraw", act, id=act.command_id, result_type=Receipt)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                await handle.describe()  # a case that never was is "not found" still
                raise Failure(zh.ACT_ERRORS["case_ended"], ExitCode.INVALID) from error
            raise
        return receipt

    with working(f"撤回办件 {application_no}"):
        receipt = run(command())
    emit(receipt, lambda: f"已撤回 {application_no}，记入台账第 {receipt.position.sequence + 1} 条")


@app.command("list")
def list_cases(
    query: Annotated[
        str, typer.Option(help=f"筛选条件（Temporal 查询语法），如 '{OPEN_REQUIREMENTS} > 0'。", show_default=False)
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="最多列出多少件。")] = 20,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """列出最近的办件（Temporal 保存期内）。List recent cases."""
    settings = load_settings(state_dir)
    with working("查询办件"):
        cases = run(_list(settings, query, limit))
    emit(cases, lambda: _list_table(cases))


async def _list(settings: Settings, query: str, limit: int) -> list[dict[str, Any]]:
    from temporalio.common import SearchAttributeKey

    client = await temporal_client(settings)
    wanted = f"{CASE_STAGE} IS NOT NULL" + (f" AND ({query})" if query else "")
    stage = SearchAttributeKey.for_keyword(CASE_STAGE)
    lacking = SearchAttributeKey.for_int(OPEN_REQUIREMENTS)
    cases = []
    async for found in client.list_workflows(wanted, limit=limit):
        attributes = found.typed_search_attributes
        cases.append(
            {
                "application_no": found.id.removeprefix(application_stream("")),
                "execution": found.status.name.lower() if found.status else None,
                "stage": attributes.get(stage),
                "open_requirements": attributes.get(lacking),
                "started_at": found.start_time.isoformat(),
                "closed_at": found.close_time.isoformat() if found.close_time else None,
            }
        )
    return cases


def _list_table(cases: list[dict[str, Any]]) -> Table:
    from datetime import datetime

    table = Table()
    for column in ("办件编号", "运行", "未免提交", "开始"):
        table.add_column(column, no_wrap=column == "办件编号")
    for case in cases:
        started = local(datetime.fromisoformat(case["started_at"]))
        table.add_row(case["application_no"], case["execution"], str(case["open_requirements"] or ""), started)
    return table


def _read(file: Path) -> ApplicationRequest:
    """The request in a file or on standard input.  Raises ValidationError naming the fields, or OSError."""
    text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    if not text.strip():
        raise Failure("申请为空", ExitCode.INVALID)
    return ApplicationRequest.model_validate_json(text)


def _handle(client: Client, application_no: str) -> WorkflowHandle[Any, ApplicationResult]:
    return client.get_workflow_handle(application_stream(application_no), result_type=ApplicationResult)


def _query(state_dir: Path | None, application_no: str, name: str, answer: type[Any]) -> Any:
    settings = load_settings(state_dir)

    async def command() -> Any:
        from datetime import timedelta

        handle = _handle(await temporal_client(settings), application_no)
        return await handle.query(name, result_type=answer, rpc_timeout=timedelta(seconds=15))

    with working(f"查询 {escape(application_no)}"):
        return run(command())
