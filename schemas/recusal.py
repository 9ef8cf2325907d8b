"""回避: a person steps aside from one matter; his own act, and neither a refusal nor an abstention (law 12)."""

from __future__ import annotations

from typing import Literal

from schemas.application import CommandRef, OpaqueId
from schemas.base import Model
from schemas.case_commands import CaseCommand, Reason
from schemas.identifiers import Code, Uscc


class Recuse(CaseCommand):
    """Update ``recuse``: the actor himself steps aside, with the reason."""

    reason: Reason


class Recusal(Model):
    """Who stepped aside, and why."""

    person: OpaqueId
    department: Uscc | None
    reason: str


class PersonRecused(Model):
    """A person stepped aside: nothing more of his counts in this matter."""

    type: Literal["person_recused"] = "person_recused"
    command: CommandRef
    recusal: Recusal


def recusal_of(act: Recuse) -> Recusal:
    """What is kept of it."""
    return Recusal(person=act.actor.actor_id, department=act.actor.department, reason=act.reason)


class InternalUnit(Model):
    """内设机构: a unit inside a department."""

    department: Uscc
    unit: Code


class Apart(Model):
    """Persons and units that have another part in the matter already (domain §10 item 10)."""

    persons: tuple[OpaqueId, ...] = ()
    units: tuple[InternalUnit, ...] = ()

    def concerns(self, department: str) -> bool:
        """Whether a unit of this department has another part in it."""
        return any(u.department == department for u in self.units)
