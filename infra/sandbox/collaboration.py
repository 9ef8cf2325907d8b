"""Double of the city's integrated platform: departments that are asked for facts and opinions, and answer later."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from infra.sandbox.acting import CIRCUMSTANCES, DEPARTMENT_UNKNOWN, Document, Said, text_of
from infra.sandbox.calling_back import ANSWERED, OPEN, CallingBack, Matter
from infra.sandbox.faults import Fault, FaultKind
from infra.sandbox.state import State
from infra.sandbox.verdicts import CONFIRMED, NEEDS_MORE, Verdict, back_fill, verdict
from infra.sandbox.vocabulary import Operation
from schemas.codes import Platform

VERIFICATION, OPINION = "verification", "opinion"
AGREE = "agree"
_OPINIONS_BY = "policy_office"
"""The unit that gives opinions: none that has another part in a matter."""
_COMPLETION = "completion/"
"""How the streams of 证照补齐 begin."""


class Collaboration(CallingBack):
    """信息核验 goes to departments whose class of issuers is on the platform; 意见征集 to every department and body."""

    listed_as = "requests"
    operations: ClassVar[Mapping[str, Operation]] = {
        "/requests": Operation.REQUEST,
        "/reminders": Operation.REMIND,
        "/withdrawals": Operation.WITHDRAW,
    }
    required: ClassVar[Mapping[Operation, tuple[str, ...]]] = {
        Operation.REQUEST: (
            *("kind", "key", "stream", "fromDepartment", "toDepartment", "evidenceName", "question", "dueAt"),
            *CIRCUMSTANCES,
        ),
        Operation.REMIND: ("key", "caseNo", "toDepartment", "text"),
        Operation.WITHDRAW: ("key", "caseNo", "toDepartment", "reason"),
    }
    remembered: ClassVar[tuple[Operation, ...]] = (Operation.REQUEST, Operation.REMIND, Operation.WITHDRAW)

    def __init__(self, state: State, delay_seconds: float) -> None:
        super().__init__(state, Platform.COLLABORATION, delay_seconds)
        catalogue = state.population.catalogue
        uscc = {d.code: d.uscc for d in catalogue.departments}
        answering = {c.department for c in catalogue.issuer_classes if c.on_platform}
        self._verifying = [uscc[code] for code in uscc if code in answering]
        self._everybody = list(dict.fromkeys([*uscc.values(), *(body.uscc for body in catalogue.bodies)]))

    def act(self, operation: Operation, document: Document, fault: Fault | None) -> dict[str, Any]:
        """Take a request, a reminder, or a withdrawal."""
        if operation is Operation.REQUEST:
            return self._request(document)
        if operation is Operation.WITHDRAW:
            return self.receipt(self.withdraw(document).ref)
        matter = self.known(document)
        matter.reminders.append(text_of(document, "text"))
        return self.receipt(matter.ref)

    def blank(self, matter: Matter) -> dict[str, Any]:
        """A reply of the department that was asked."""
        return {
            "stream": text_of(matter.document, "stream"),
            "key": matter.key,
            "department": text_of(matter.document, "toDepartment"),
            "verdict": AGREE,
            "reason": None,
            "document_digest": None,
            "conditions": None,
            "backfilled": False,
            "answered_at": self.moment(),
        }

    async def reply(self, matter: Matter, says: Mapping[str, Any]) -> dict[str, Any]:
        """Answer by hand; ``backfilled`` puts the record into the sources, whatever else is said."""
        if says.get("backfilled"):
            self._back_fill(matter)
        matter.state = ANSWERED
        return await self.state.callbacks.deliver(self.platform, self.message(matter, **says))

    def _request(self, document: Document) -> dict[str, Any]:
        verifying = text_of(document, "kind") == VERIFICATION
        if text_of(document, "toDepartment") not in (self._verifying if verifying else self._everybody):
            raise Said(DEPARTMENT_UNKNOWN)
        matter = self.begin(document)
        if self.auto and matter.state == OPEN:
            faults = self.struck(matter)
            self.answer_later(matter, faults, lambda: self._answer_by_itself(matter, faults))
        return self.receipt(matter.ref)

    async def _answer_by_itself(self, matter: Matter, faults: Mapping[FaultKind, float]) -> None:
        found = self._found(matter)
        backfilled = found.word == CONFIRMED and self._is_put_on_record(matter)
        says: dict[str, Any] = {"verdict": found.word, "reason": found.reason, "backfilled": backfilled}
        if text_of(matter.document, "kind") != VERIFICATION:
            number = int(hashlib.sha256(matter.key.encode()).hexdigest()[:6], 16) % 30 + 1
            says |= {"unit": _OPINIONS_BY, "answered_by": f"staff-{number:03d}"}
        if FaultKind.WRONG_DEPARTMENT in faults:
            asked = text_of(matter.document, "toDepartment")
            says["department"] = next(uscc for uscc in self._everybody if uscc != asked)
        matter.state = ANSWERED
        before = None
        if FaultKind.OUT_OF_ORDER in faults:
            before = self.message(matter, verdict=NEEDS_MORE, reason="请补充信息", answered_at=matter.received_at)
        await self.deliver(self.message(matter, **says), faults)
        if before is not None:
            await self.deliver(before, faults)

    def _found(self, matter: Matter) -> Verdict:
        document = matter.document
        if text_of(document, "kind") != VERIFICATION:
            return Verdict(AGREE, None)
        department, holder = text_of(document, "toDepartment"), text_of(document, "subject.code")
        return verdict(self.state, department, holder, text_of(document, "evidenceName"))

    def _is_put_on_record(self, matter: Matter) -> bool:
        """A paper that was confirmed, and a licence that was missed, are put into the shared sources."""
        missed = text_of(matter.document, "stream").startswith(_COMPLETION)
        wanted = missed or bool(text_of(matter.document, "documentDigest"))
        return wanted and self._back_fill(matter)

    def _back_fill(self, matter: Matter) -> bool:
        code, name, evidence = (text_of(matter.document, n) for n in ("subject.code", "subject.name", "evidenceName"))
        return back_fill(self.state, code, name, evidence)
