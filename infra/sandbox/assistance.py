"""Double of the city's unified assistance system: helpers who are assigned, get on, and finish."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from infra.sandbox.acting import CIRCUMSTANCES, SUBJECT, Document
from infra.sandbox.calling_back import ANSWERED, OPEN, CallingBack, Matter
from infra.sandbox.faults import Fault, FaultKind
from infra.sandbox.state import State
from infra.sandbox.vocabulary import Operation
from schemas.codes import Platform

_Step = dict[str, Any]
_ASSIGNED: _Step = {"step": "assigned", "text": "已指派帮代办员"}
_PROGRESS: _Step = {"step": "progress", "text": "正在向出具单位代办"}
_SUSPENDED: _Step = {"step": "suspended", "text": "出具单位需补充查档，中止"}
_RESUMED: _Step = {"step": "resumed", "text": "查档已有结果，续办"}
_TERMINATED: _Step = {"step": "terminated", "text": "经核实无法代办，终止"}
_FINISHED: _Step = {"step": "finished", "text": "已办结，材料已取得"}
_ENDS = ("finished", "terminated")


class Assistance(CallingBack):
    """Every order gets a helper; the steps come one ``delay_seconds`` after another."""

    listed_as = "orders"
    operations: ClassVar[Mapping[str, Operation]] = {"/orders": Operation.ORDER, "/revocations": Operation.REVOKE}
    required: ClassVar[Mapping[Operation, tuple[str, ...]]] = {
        Operation.ORDER: (
            *("key", "stream", "requirementNames", "authorisationDigest", "windowDepartment"),
            *CIRCUMSTANCES,
            *SUBJECT,
        ),
        Operation.REVOKE: ("key", "caseNo", "reason"),
    }
    remembered: ClassVar[tuple[Operation, ...]] = (Operation.ORDER, Operation.REVOKE)

    def __init__(self, state: State, delay_seconds: float) -> None:
        super().__init__(state, Platform.ASSISTANCE, delay_seconds)

    def act(self, operation: Operation, document: Document, fault: Fault | None) -> dict[str, Any]:
        """Take an order, or its revocation."""
        if operation is Operation.REVOKE:
            return self.receipt(self.withdraw(document).ref)
        matter = self.begin(document)
        if self.auto and matter.state == OPEN:
            faults = self.struck(matter)
            steps = _planned(matter, faults)
            self.answer_later(matter, faults, lambda: self._tell(matter, steps, faults))
        return self.receipt(matter.ref)

    def blank(self, matter: Matter) -> dict[str, Any]:
        """A step of the helper of an order."""
        digits = int(hashlib.sha256(matter.key.encode()).hexdigest()[:6], 16) % 20 + 1
        return {
            "stream": matter.document.get("stream"),
            "key": matter.key,
            "step": "progress",
            "helper": f"helper-{digits:03d}",
            "text": None,
            "document_digest": None,
            "at": self.moment(),
        }

    async def reply(self, matter: Matter, says: Mapping[str, Any]) -> dict[str, Any]:
        """Tell a step by hand, with any content; gives what came of it."""
        return await self.state.callbacks.deliver(self.platform, self._step(matter, says))

    async def _tell(self, matter: Matter, steps: Sequence[_Step], faults: Mapping[FaultKind, float]) -> None:
        for number, step in enumerate(steps):
            if number:
                await asyncio.sleep(self.delay_seconds)
            await self.deliver(self._step(matter, step), faults)

    def _step(self, matter: Matter, says: Mapping[str, Any]) -> dict[str, Any]:
        if says.get("step") in _ENDS:
            matter.state = ANSWERED
        return self.message(matter, **says)


def _planned(matter: Matter, faults: Mapping[FaultKind, float]) -> list[_Step]:
    if FaultKind.TERMINATED in faults:
        steps = [_ASSIGNED, _TERMINATED]
    elif FaultKind.SUSPENDED in faults:
        steps = [_ASSIGNED, _SUSPENDED]
    else:
        digest = hashlib.sha256(f"obtained/{matter.key}".encode()).hexdigest()
        between = [_SUSPENDED, _RESUMED] if FaultKind.INTERRUPTED in faults else [_PROGRESS]
        steps = [_ASSIGNED, *between, _FINISHED | {"document_digest": digest}]
    return steps[::-1] if FaultKind.OUT_OF_ORDER in faults else steps
