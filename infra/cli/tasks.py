"""application tasks: whose turn it is in a case, over all its workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from infra.cli.application import ApplicationNoArgument
from infra.cli.output import Json, emit, local, working
from infra.cli.process import run
from infra.cli.session import StateOption, load_settings, temporal_client
from schemas.application import ApplicationStatus, application_stream
from schemas.long_route import RouteView
from schemas.texts import zh

if TYPE_CHECKING:
    from infra.settings import Settings


def tasks(application_no: ApplicationNoArgument, state_dir: StateOption = None, json: Json = False) -> None:
    """办件及其各长路径的待办：轮到谁、限何时、什么颜色。Whose turn it is, and by when."""
    settings = load_settings(state_dir)
    with working(f"查询 {escape(application_no)} 的待办"):
        views = run(_views(settings, application_no))
    emit([view.model_dump(mode="json") for view in views], lambda: _table(views))


async def _views(settings: Settings, application_no: str) -> list[RouteView]:
    """The case's own tasks, then those of its long routes that Temporal still knows."""
    from temporalio.service import RPCError, RPCStatusCode

    client = await temporal_client(settings)
    case = client.get_workflow_handle(application_stream(application_no))
    status: ApplicationStatus = await case.query("status", result_type=ApplicationStatus)
    views: list[RouteView] = [await case.query("tasks", result_type=RouteView)]
    for stream in dict.fromkeys(route.stream for r in status.requirements for route in r.routes):
        try:
            views.append(await client.get_workflow_handle(stream).query("status", result_type=RouteView))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
    return views


def _table(views: list[RouteView]) -> Table:
    table = Table()
    for column in ("轮到谁", "办什么", "限", "督办", "逾期后", "在哪里"):
        table.add_column(column, overflow="fold")
    for view in views:
        for task in view.tasks:
            colour = zh.COLOURS[task.colour.value] if task.colour is not None else ""
            due = local(task.due_at) + ("（待复算）" if task.due_provisional else "")
            state = zh.CLOSINGS[task.closed] if task.closed is not None else colour
            cells = (task.whose_turn, task.task, due, state, task.then, view.stream)
            table.add_row(*map(escape, cells), style="dim" if task.closed is not None else "")
    return table
