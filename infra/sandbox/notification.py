"""Double of the channel that reaches people of a department: two desks each, and somebody may be away."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, ClassVar

from infra.sandbox.acting import DEPARTMENT_UNKNOWN, KEY_TAKEN, ActingDouble, Document, Said, text_of
from infra.sandbox.faults import Fault
from infra.sandbox.state import State
from infra.sandbox.vocabulary import Operation
from schemas.codes import Platform

_DESKS = 2
_KEPT = 50_000
_CHANNEL = "office_message"


class NotificationChannel(ActingDouble):
    """A message is delivered once for each key, to whomever."""

    operations: ClassVar[Mapping[str, Operation]] = {
        "/directory": Operation.DIRECTORY,
        "/messages": Operation.MESSAGE,
    }
    required: ClassVar[Mapping[Operation, tuple[str, ...]]] = {
        Operation.DIRECTORY: ("department",),
        Operation.MESSAGE: ("key", "caseNo", "department", "desk", "urgency", "title", "text"),
    }
    remembered: ClassVar[tuple[Operation, ...]] = ()

    def __init__(self, state: State) -> None:
        super().__init__(state, Platform.NOTIFICATION)
        catalogue = state.population.catalogue
        self._departments = {d.uscc for d in catalogue.departments} | {b.uscc for b in catalogue.bodies}
        self.away: set[str] = set()
        self._delivered: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def desks(self, department: str) -> list[str]:
        """The desks of a department.  Raises Said."""
        if department not in self._departments:
            raise Said(DEPARTMENT_UNKNOWN)
        return [f"{department}-{number}" for number in range(1, _DESKS + 1)]

    def messages(self, department: str | None = None) -> list[dict[str, Any]]:
        """What was delivered, oldest first."""
        return [m for m in self._delivered.values() if department in (None, m["department"])]

    def act(self, operation: Operation, document: Document, fault: Fault | None) -> dict[str, Any]:
        """Tell the desks of a department, or take a message."""
        department = text_of(document, "department")
        desks = self.desks(department)
        if operation is Operation.DIRECTORY:
            return {"desks": desks}
        key, desk = text_of(document, "key"), text_of(document, "desk")
        before = self._delivered.get(key)
        if before is not None:
            if any(before[name] != document.get(name) for name in ("caseNo", "department", "title", "text")):
                raise Said(KEY_TAKEN)
            return self._told("delivered", before["desk"], before["at"], repeated=True)
        if desk not in desks or desk in self.away:
            return self._told("away" if desk in desks else "desk_unknown", None, self.moment())
        at = self.moment()
        self._delivered[key] = {name: document.get(name) for name in self.required[operation]} | {"at": at}
        if len(self._delivered) > _KEPT:
            self._delivered.popitem(last=False)
        return self._told("delivered", desk, at)

    def _told(self, state: str, recipient: str | None, at: str, repeated: bool = False) -> dict[str, Any]:
        return {"state": state, "recipient": recipient, "channel": _CHANNEL, "at": at, "repeated": repeated}
