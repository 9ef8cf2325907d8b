"""What a command prints: data on stdout (JSON when asked for), everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.status import Status

from infra.cli.failures import Failure
from schemas.clock import COUNTY_TIME

UNSEEN_WIDTH = 140
"""Of tables that go into a file or another program."""

LINES_EVERY = 1000
"""Between two lines of progress, where there is no terminal."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", UNSEEN_WIDTH)))
err = Console(stderr=True, highlight=False)

_machine: ContextVar[bool] = ContextVar("machine", default=False)


def _ask_for_json(value: bool) -> bool:
    _machine.set(value)
    return value


Json = Annotated[
    bool,
    typer.Option("--json", help="以 JSON 输出，供程序读取。JSON on stdout.", callback=_ask_for_json, is_eager=True),
]


def emit(data: BaseModel | dict[str, Any] | list[Any], human: Callable[[], RenderableType]) -> None:
    """Print the data as JSON when asked for, otherwise what ``human`` makes of it."""
    if _machine.get():
        plain = data.model_dump(mode="json") if isinstance(data, BaseModel) else data
        out.print(json.dumps(plain, ensure_ascii=False, indent=2), markup=False, soft_wrap=True)
    else:
        shown = human()
        if shown:
            out.print(shown, soft_wrap=isinstance(shown, str))


def note(text: str) -> None:
    """A remark for the person; never among the data."""
    err.print(text, soft_wrap=True)


def complain(failure: Failure) -> None:
    """Say what went wrong: one JSON object on stderr when JSON was asked for."""
    if _machine.get():
        told = {
            "error": {
                "exit_code": int(failure.code),
                "message": failure.message,
                "fields": [e.model_dump(mode="json") for e in failure.errors],
                "hint": failure.hint,
            }
        }
        err.print(json.dumps(told, ensure_ascii=False), markup=False, soft_wrap=True)
        return
    if failure.message:
        err.print(f"[bold red]错误[/]：{escape(failure.message)}", soft_wrap=True)
    for error in failure.errors:
        line = f"  [bold]{escape(error.field)}[/]：{escape(error.message)} [dim]{escape(error.code)}[/]"
        err.print(line, soft_wrap=True)
    if failure.hint:
        err.print(f"[dim]{escape(failure.hint)}[/]", soft_wrap=True)


@contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """Show that something is being done; gives a function that says what.  On a terminal a spinner, else lines."""
    if err.is_terminal:
        with Status(escape(text), console=err) as status:
            yield lambda step: status.update(escape(step))
    else:
        yield lambda step: err.print(f"… {escape(step)}", soft_wrap=True)


@contextmanager
def counting(text: str, *, quiet: bool = False) -> Iterator[Callable[[int, int | None], None]]:
    """Show how far something has come; gives a function that is told how many are done, and of how many where that is
    known.  On a terminal a bar, else now and then a line; nothing for ``quiet``."""
    if quiet:
        yield lambda *_: None
    elif err.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task(escape(text), total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    else:

        def line(done: int, total: int | None) -> None:
            if done % LINES_EVERY == 0 or done == total:
                err.print(f"… {escape(text)} {done}{f'/{total}' if total else ''}", soft_wrap=True)

        yield line


def local(moment: datetime) -> str:
    """A time as staff read it: Asia/Shanghai."""
    return f"{moment.astimezone(COUNTY_TIME):%Y-%m-%d %H:%M:%S}"
