"""What can go wrong that is nobody's bug, said in a sentence and an exit code; anything else keeps its stack trace."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from enum import IntEnum

from pydantic import ValidationError

from schemas.errors import FieldError, InvalidInput, field_errors


class ExitCode(IntEnum):
    """Exit codes, as ``mianzheng --help`` tells them."""

    OK = 0
    FAILED = 1
    INVALID = 2
    NOT_FOUND = 3
    UNREACHABLE = 4
    INTERRUPTED = 130


@dataclass
class Failure(Exception):
    """Ends a command with a message and an exit code; ``errors`` names the wrong fields, ``hint`` helps on."""

    message: str
    code: ExitCode = ExitCode.FAILED
    errors: tuple[FieldError, ...] = ()
    hint: str = ""

    def __str__(self) -> str:
        return self.message


def explained(error: BaseException) -> Failure | None:
    """The failure behind an exception; ``None`` for one that nobody foresaw."""
    match error:
        case Failure():
            return error
        case InvalidInput():
            return Failure("输入有误", ExitCode.INVALID, error.errors)
        case ValidationError():
            return Failure("输入有误", ExitCode.INVALID, field_errors(error))
        case KeyboardInterrupt():
            return Failure("已中断", ExitCode.INTERRUPTED)
        case BrokenPipeError():
            return Failure("", ExitCode.FAILED)
        case PermissionError() | FileNotFoundError() | IsADirectoryError() if error.filename is not None:
            return Failure(f"{error.filename}：{error.strerror}", ExitCode.INVALID)
        case OSError(errno=errno.ENOSPC):
            return Failure("磁盘已满")
    return _of_temporal(error) or _of_database(error)


def _of_temporal(error: BaseException) -> Failure | None:
    # Imported only when something went wrong: it costs half a second.
    from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
    from temporalio.exceptions import ApplicationError, CancelledError, TerminatedError
    from temporalio.service import RPCError, RPCStatusCode

    match error:
        case RPCError(status=RPCStatusCode.NOT_FOUND):
            hint = "Temporal 中的历史过保存期即清除，台账仍在：mianzheng trail 办件编号"
            return Failure("没有找到这件办件", ExitCode.NOT_FOUND, hint=hint)
        case RPCError(status=RPCStatusCode.UNAVAILABLE | RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED):
            return unreachable("Temporal", error.message)
        case RPCError():
            return Failure(f"Temporal 拒绝了请求：{error.message}")
        case RuntimeError() if "Failed client connect" in str(error):
            return unreachable("Temporal", "")
        case (
            WorkflowFailureError(cause=ApplicationError() as cause)
            | WorkflowUpdateFailedError(cause=ApplicationError() as cause)
        ):
            errors = tuple(
                FieldError.model_validate(e) for details in cause.details if isinstance(details, list) for e in details
            )
            return Failure("未获接受" if errors else cause.message, ExitCode.INVALID, errors)
        case WorkflowFailureError(cause=CancelledError() | TerminatedError()):
            return Failure("办件已被运维人员取消或终止", ExitCode.FAILED)
        case WorkflowFailureError() | WorkflowUpdateFailedError():
            return Failure(f"办件失败：{error.cause}")
    return None


def _of_database(error: BaseException) -> Failure | None:
    import asyncpg

    match error:
        case asyncpg.InvalidCatalogNameError() | asyncpg.UndefinedTableError():
            return Failure("数据库尚未建好", ExitCode.FAILED, hint="先运行 mianzheng migrate")
        case asyncpg.InvalidAuthorizationSpecificationError() | asyncpg.InsufficientPrivilegeError():
            return Failure(f"数据库拒绝：{error}")
        case asyncpg.PostgresConnectionError() | asyncpg.CannotConnectNowError() | OSError():
            return unreachable("数据库", str(error))
    return None


def unreachable(what: str, why: str) -> Failure:
    """Something this command needs does not answer."""
    return Failure(
        f"无法连接{what}" + (f"：{why}" if why else ""),
        ExitCode.UNREACHABLE,
        hint="本机全套服务：mianzheng up 启动，mianzheng status 查看",
    )
