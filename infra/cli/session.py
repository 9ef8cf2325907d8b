"""What a command works on: the state directory it is pointed to, its settings, and connections opened from them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.failures import ExitCode, Failure
from infra.embedded.state_dir import DEFAULT, ENVIRONMENT, StateDir

if TYPE_CHECKING:
    import asyncpg
    from temporalio.client import Client

    from infra.settings import Settings
    from workers.intake import Intake

CONFIG = "MIANZHENG_CONFIG"

StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        envvar=ENVIRONMENT,
        help=f"本机服务的目录，默认 {DEFAULT}/。Directory of the stack on this machine.",
        show_default=False,
    ),
]


def state_of(given: Path | None) -> StateDir:
    """The state directory given, or the usual one."""
    return StateDir.at(given or DEFAULT)


def load_settings(given: Path | None) -> Settings:
    """The settings: of the state directory given, else what ``MIANZHENG_CONFIG`` names, else of the usual one.

    Raises Failure: naming each setting that is missing or wrong.
    """
    from pydantic import ValidationError

    from infra.settings import Settings
    from schemas.errors import field_errors

    file = state_of(given).settings
    if given is not None and not file.exists():
        raise Failure(f"{file.parent} 中没有设置：那里没有启动过服务", ExitCode.UNREACHABLE, hint="先运行 mianzheng up")
    if given is not None or (CONFIG not in os.environ and file.exists()):
        os.environ[CONFIG] = str(file)
    elif CONFIG in os.environ and not Path(os.environ[CONFIG]).exists():
        raise Failure(f"{CONFIG} 指定的设置文件 {os.environ[CONFIG]} 不存在", ExitCode.INVALID)
    try:
        return Settings()
    except ValidationError as error:
        source = os.environ.get(CONFIG)
        if source is None:
            hint = "本机全套服务：先运行 mianzheng up；别处的服务：以 MIANZHENG_CONFIG 指定设置文件"
            raise Failure("没有设置", ExitCode.UNREACHABLE, hint=hint) from None
        raise Failure(f"设置有误（{source} 与环境变量）", ExitCode.INVALID, field_errors(error)) from None
    except ValueError as error:
        raise Failure(f"设置文件 {os.environ.get(CONFIG)} 无法读取：{error}", ExitCode.INVALID) from None


def program() -> str:
    """How the person at the terminal calls this program, for commands he may copy."""
    called = Path(sys.argv[0])
    if called.name != "mianzheng" or shutil.which("mianzheng") == str(called.resolve()):
        return "mianzheng"
    return os.path.relpath(called) if called.is_absolute() and called.is_relative_to(Path.cwd()) else str(called)


async def temporal_client(settings: Settings) -> Client:
    """A connected client.  Raises RuntimeError when nobody answers."""
    from infra.temporal.client import connect

    return await connect(settings.temporal)


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    """A small pool for one command.  Raises OSError or asyncpg.PostgresError when it cannot connect."""
    from infra.postgres.pool import open_pool

    pool = await open_pool(settings.postgres.dsn.get_secret_value(), 2, application_name="mianzheng-cli")
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def door(settings: Settings) -> AsyncIterator[Intake]:
    """The door of the system: refuses what a case would refuse, and starts the rest."""
    from workers.intake import Intake
    from workers.resources import admission_of

    client = await temporal_client(settings)
    async with database(settings) as pool:
        yield Intake(client, settings.temporal.task_queue, admission_of(settings, pool))
