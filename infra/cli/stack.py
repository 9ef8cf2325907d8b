"""up, down, status: the whole stack on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit, local, note, out, working
from infra.cli.places import STUCK, case_list, ui
from infra.cli.session import StateOption, program, state_of
from infra.embedded import control, record
from infra.embedded.plan import Plan, default_catalogue
from infra.embedded.record import Stack
from infra.embedded.state_dir import StateDir

PARTS = {
    "postgres": "数据库",
    "temporal": "Temporal 服务与界面",
    "sandbox": "模拟的外部平台",
    "codec": "解码服务",
    "gateway": "回调入口",
    "relay": "中继（事件编号与对外事件）",
    "supervisor": "守护进程",
}
PHASES = {
    "starting": "正在启动",
    "ready": "运行中",
    "stopping": "正在停止",
    "stopped": "已停止",
    "failed": "已因故障停止",
}


def _port(name: str, usual: str) -> Any:
    """The option for a port; also told by ``MIANZHENG_<NAME>_PORT``."""
    return typer.Option(
        min=1,
        max=65535,
        show_default=False,
        envvar=f"MIANZHENG_{name}_PORT",
        help=f"端口，{usual}；指定的被占用则报错。",
    )


USUAL = "默认 {}"


def up(
    state_dir: StateOption = None,
    workers: Annotated[int, typer.Option(min=0, max=16, help="工作进程个数。Worker processes.")] = 1,
    catalogue: Annotated[
        Path | None, typer.Option(help="要发布的目录文件夹，默认随软件提供的德化县目录。", show_default=False)
    ] = None,
    people: Annotated[int, typer.Option(min=1, help="模拟平台中的人数。")] = 400,
    temporal_port: Annotated[int | None, _port("TEMPORAL", USUAL.format(7233))] = None,
    ui_port: Annotated[int | None, _port("UI", USUAL.format(8233))] = None,
    codec_port: Annotated[int | None, _port("CODEC", USUAL.format(8081))] = None,
    gateway_port: Annotated[int | None, _port("GATEWAY", USUAL.format(8082))] = None,
    sandbox_port: Annotated[int | None, _port("SANDBOX", "默认任选")] = None,
) -> None:
    """启动本机全套服务，数据保留；已在运行则只显示地址。Start the whole stack.

    \b
    例：
      mianzheng up
      mianzheng up --workers 2 --ui-port 9000
      mianzheng up --state-dir .mianzheng/demo      # 再看演示办过的件
    """
    asked = {
        "temporal": temporal_port,
        "ui": ui_port,
        "codec": codec_port,
        "gateway": gateway_port,
        "sandbox": sandbox_port,
    }
    plan = Plan(
        asked_ports={part: port for part, port in asked.items() if port is not None},
        workers=workers,
        catalogue=(catalogue or default_catalogue()).resolve(),
        people=people,
    )
    state = state_of(state_dir)
    with working("启动本机服务") as step:
        try:
            stack, fresh = control.up(state, plan, step)
        except control.StackFailed as error:
            raise Failure(f"服务未能启动\n{error}") from error
    for text in stack.notes:
        note(f"[yellow]注意[/]：{escape(text)}")
    out.print("[bold green]服务已就绪[/]" if fresh else "[bold green]服务已在运行[/]（未重复启动；本次所给选项未生效）")
    show_places(state, stack)


def show_places(state: StateDir, stack: Stack) -> None:
    """Where everything is, for the person who just started it."""
    if stack.ports is None:
        return
    option = option_for(state)
    for name, text in {
        "办件一览": case_list(stack.ports),
        "卡住的办件": case_list(stack.ports, STUCK, "卡住"),
        "督办常问": f"{program()} links{option}",
        "Temporal 界面": ui(stack.ports),
        "Temporal 服务": f"127.0.0.1:{stack.ports.temporal}",
        "业务系统设置": f"MIANZHENG_CONFIG={state.settings}",
        "日志": str(state.logs),
        "查看 / 停止": f"{program()} status{option}  /  {program()} down{option}",
    }.items():
        out.print(f"  {name}：{escape(text)}", soft_wrap=True)


def option_for(state: StateDir) -> str:
    """The option that points a command to this state directory, where it needs one."""
    if state == state_of(None):
        return ""
    here = Path.cwd()
    path = state.root.relative_to(here) if state.root.is_relative_to(here) else state.root
    return f" --state-dir {path}"


def down(
    state_dir: StateOption = None,
    delete_data: Annotated[bool, typer.Option("--delete-data", help="停止后删除全部数据。Delete all data.")] = False,
) -> None:
    """停止本机全套服务，并核实所有进程都已结束。Stop the whole stack.

    守护进程被强行结束后亦可使用：只结束本服务自己启动过的进程。
    """
    state = state_of(state_dir)
    with working("停止本机服务") as step:
        try:
            ended = control.down(state, step)
        except control.StackFailed as error:
            raise Failure(str(error)) from error
    out.print("服务已停止，所有进程均已结束" if ended else "没有在运行的服务")
    if delete_data:
        control.forget(state)
        out.print(f"已删除 {state.root}")


def status(state_dir: StateOption = None, json: Json = False) -> None:
    """显示本机服务各部件。没有在运行时退出码为 4。Show what runs; exit code 4 when nothing does."""
    state = state_of(state_dir)
    stack = record.read(state)
    alive = stack is not None and stack.phase == "ready" and record.is_held(state)
    if stack is None:
        raise Failure(f"{state.root} 中没有启动过服务", ExitCode.UNREACHABLE, hint="mianzheng up 启动")
    running = stack.running()
    emit(
        {
            "phase": stack.phase if record.is_held(state) else ("failed" if stack.phase == "failed" else "stopped"),
            "state_dir": str(state.root),
            "started_at": stack.started_at.isoformat(),
            "parts": [{"name": p.name, "pid": p.process.pid} for p in running],
            "ports": stack.ports.model_dump() if stack.ports else None,
            "settings": str(state.settings),
            "notes": list(stack.notes),
            "failure": stack.failure,
        },
        lambda: _table(stack, alive) if running else "",
    )
    if not json:
        for text in stack.notes:
            note(f"[yellow]注意[/]：{escape(text)}")
        if alive:
            show_places(state, stack)
    if not alive:
        left = f"，但仍有进程：{'、'.join(p.name for p in running)}（mianzheng down 可结束）" if running else ""
        reason = f"：{stack.failure}" if stack.failure else ""
        how = PHASES[stack.phase] if stack.phase in ("stopped", "failed") else "守护进程已意外结束"
        raise Failure(f"服务没有在运行（{how}）{left}{reason}", ExitCode.UNREACHABLE)


def _table(stack: Stack, alive: bool) -> Table:
    table = Table(title=f"{'运行中' if alive else '没有在运行'} · 自 {local(stack.started_at)}", title_justify="left")
    for column in ("部件", "", "进程", "端口"):
        table.add_column(column)
    ports = stack.ports.model_dump() if stack.ports else {}
    for part in stack.running():
        name = PARTS.get(part.name, "工作进程")
        where = f"{ports['temporal']}、{ports['ui']}" if part.name == "temporal" and ports else ports.get(part.name, "")
        table.add_row(part.name, name, str(part.process.pid), str(where))
    return table
