"""How a command runs and how its process ends: one helper for every command.

A short-lived process that used a Temporal client may abort at interpreter exit (measured: 3 of 40 with asyncio's own
loop, none of 40 with uvloop's): threads of the client still want the interpreter while it is being taken down
(temporalio/sdk-python#300).  So it is not taken down: when the command is done and its output written, the process
leaves at once.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

import typer
import uvloop
from typer.core import TyperGroup

from infra.cli.failures import ExitCode, explained
from infra.cli.output import complain

T = TypeVar("T")


def run(command: Coroutine[Any, Any, T]) -> T:
    """Run an asynchronous command to its end."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(command)


class Commands(TyperGroup):
    """Turns what can go wrong into a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Invoke the command.  Raises typer.Exit for every failure that is explained."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except (Exception, KeyboardInterrupt) as error:
            if type(error).__module__.startswith("typer"):
                raise  # wrong usage: Typer shows it with the usage line
            failure = explained(error)
            if failure is None:
                raise
            complain(failure)
            raise typer.Exit(failure.code) from error


def end(app: typer.Typer) -> NoReturn:
    """Run the application and leave the process with its exit code."""
    code: int = ExitCode.FAILED
    try:
        app()
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else ExitCode.OK if exit_.code is None else ExitCode.FAILED
    except BaseException:
        sys.excepthook(*sys.exc_info())  # a defect: its stack trace is wanted
    finally:
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
