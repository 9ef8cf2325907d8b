"""A check after the decision: an answer came too late, the department looks, and nothing changes by itself (law 6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from schemas.application import Actor, CommandId, CommandRef
from schemas.base import Model, ShortText
from schemas.codes import ActorKind
from schemas.errors import FieldError
from schemas.identifiers import refuse_resident_id
from schemas.texts import zh


class CloseCheck(Model):
    """Update ``close_check``: the deciding department has looked at what came after its decision."""

    command_id: CommandId
    actor: Actor
    finding: Annotated[ShortText, AfterValidator(refuse_resident_id)]


class CheckClosed(Model):
    """What the department found."""

    type: Literal["check_closed"] = "check_closed"
    command: CommandRef
    finding: str


def check_close(open_: bool, department: str, act: CloseCheck) -> tuple[FieldError, ...]:
    """Only the deciding department closes a check, and only one that is open."""
    if act.actor.department != department or act.actor.kind not in (ActorKind.CLERK, ActorKind.DEPARTMENT):
        return (_error("actor.department", "wrong_department"),)
    return () if open_ else (_error("command_id", "no_open_check"),)


def _error(field: str, code: str) -> FieldError:
    return FieldError(field=field, code=code, message=zh.ACT_ERRORS[code])
