"""sandbox …: make the doubles of the outside platforms fail on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from infra.cli.failures import ExitCode, Failure, unreachable
from infra.cli.output import Json, emit
from infra.cli.session import StateOption, state_of
from infra.embedded import record
from infra.embedded.ports import LOOPBACK
from schemas.codes import Platform
from schemas.errors import FieldError
from schemas.texts import zh

if TYPE_CHECKING:
    from infra.embedded.record import Stack

app = typer.Typer(no_args_is_help=True, help="模拟平台：人为制造故障。Make the sandbox platforms fail on purpose.")
fault_app = typer.Typer(no_args_is_help=True, help="故障：设置、列出、解除。Set, list and clear faults.")
app.add_typer(fault_app, name="fault")

SECONDS = 5.0


@fault_app.command("set")
def set_fault(
    kind: Annotated[
        str,
        typer.Argument(
            help="种类，如 down、slow、http_5xx、wrong_person、expired、adverse、ambiguous、quota、no_record。",
            show_default=False,
        ),
    ],
    platform: Annotated[Platform | None, typer.Option(help="只此平台；默认全部。", show_default=False)] = None,
    seconds: Annotated[float | None, typer.Option(help="持续多少秒；默认直到解除。", show_default=False)] = None,
    count: Annotated[int | None, typer.Option(help="只发生多少次。", show_default=False)] = None,
    probability: Annotated[float | None, typer.Option(help="每次请求发生的概率，0-1。", show_default=False)] = None,
    holder_code: Annotated[str | None, typer.Option(help="只对此证件号码。", show_default=False)] = None,
    resource_code: Annotated[str | None, typer.Option(help="只对此资源代码。", show_default=False)] = None,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """设置一个故障。Set a fault.

    \b
    例：
      mianzheng sandbox fault set down --platform data_sharing --seconds 60
      mianzheng sandbox fault set http_5xx --probability 0.2
    """
    fault = {
        "kind": kind,
        "platform": platform.value if platform else None,
        "seconds": seconds,
        "count": count,
        "probability": probability,
        "holder_code": holder_code,
        "resource_code": resource_code,
    }
    told = _ask(_running(state_dir), "POST", {k: v for k, v in fault.items() if v is not None})
    emit(told, lambda: f"已设置故障 {told['id']}；解除：mianzheng sandbox fault clear {told['id']}")


@fault_app.command("list")
def list_faults(state_dir: StateOption = None, json: Json = False) -> None:
    """列出已设置的故障，各发生了多少次。List the faults that are set."""
    told = _ask(_running(state_dir), "GET")
    emit(told, lambda: _table(told["faults"]))


@fault_app.command("clear")
def clear(
    number: Annotated[int | None, typer.Argument(help="故障编号；不填则解除全部。", show_default=False)] = None,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """解除一个或全部故障。Clear one fault or all."""
    _ask(_running(state_dir), "DELETE", parameters={"id": number} if number is not None else {})
    emit({"cleared": number if number is not None else "all"}, lambda: "已解除")


def set_faults(stack: Stack, faults: Sequence[dict[str, Any]]) -> None:
    """Set several faults in a stack's sandbox."""
    for fault in faults:
        _ask(stack, "POST", fault)


def _running(state_dir: Any) -> Stack:
    state = state_of(state_dir)
    stack = record.read(state)
    if stack is None or stack.ports is None or not record.is_held(state):
        raise Failure("模拟平台没有在运行", ExitCode.UNREACHABLE, hint="mianzheng up 启动")
    return stack


def _ask(
    stack: Stack, method: str, body: dict[str, Any] | None = None, parameters: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One request to the control API.  Raises Failure naming the fields that are wrong."""
    import httpx

    port = stack.ports.sandbox if stack.ports else 0
    url = f"http://{LOOPBACK}:{port}/control/faults"
    try:
        with httpx.Client(timeout=SECONDS, trust_env=False) as client:
            answer = client.request(method, url, json=body, params=parameters)
    except httpx.HTTPError as error:
        raise unreachable("模拟平台", str(error)) from error
    if answer.status_code == 404:
        raise Failure("没有这个故障", ExitCode.NOT_FOUND)
    if answer.is_error:
        wrong = answer.json().get("errors", [])
        errors = tuple(FieldError(field=e["field"], code="fault", message=e["message"]) for e in wrong)
        raise Failure("故障设置有误", ExitCode.INVALID, errors)
    told: dict[str, Any] = answer.json() if answer.content else {}
    return told


def _table(faults: list[dict[str, Any]]) -> Table:
    table = Table()
    for column in ("编号", "种类", "平台", "条件", "已发生"):
        table.add_column(column)
    for fault in faults:
        conditions = {k: v for k, v in fault.items() if k not in ("id", "struck", "kind", "platform")}
        table.add_row(
            str(fault["id"]),
            fault["kind"],
            zh.PLATFORMS.get(fault.get("platform", ""), "全部"),
            "，".join(f"{k}={v}" for k, v in conditions.items()),
            str(fault["struck"]),
        )
    return table
