"""Doubles of the provincial and the city's credit platform, over one register."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from infra.sandbox.acting import CIRCUMSTANCES, SUBJECT, ActingDouble, Document, text_of
from infra.sandbox.faults import Fault, FaultKind
from infra.sandbox.state import State
from infra.sandbox.vocabulary import Operation
from schemas.codes import CREDIT_PLATFORMS, Platform

CLEAR, SERIOUS, FALSE = "clear", "serious_discredit", "false_commitment"
_SHARES = ((0.02, SERIOUS), (0.03, FALSE))
"""Cumulative."""
_STRANGER = "350526190001019998"


class CreditRegister:
    """Who stands how: by the population's seed, until a record is reported or put there by a test."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._put: dict[tuple[Platform, str], tuple[str, bool]] = {}
        self.reported: list[dict[str, Any]] = []

    def standing(self, platform: Platform, holder_code: str) -> tuple[str, bool]:
        """The standing of a holder, and whether it was repaired."""
        put = self._put.get((platform, holder_code))
        if put is not None:
            return put
        roll = Random(f"{self._seed}/credit/{holder_code}").random()  # noqa: S311 - not for secrets
        return next((standing for share, standing in _SHARES if roll < share), CLEAR), False

    def put(self, platform: Platform, holder_code: str, standing: str, repaired: bool) -> None:
        """How a holder stands from now on."""
        self._put[(platform, holder_code)] = (standing, repaired)

    def report(self, document: Document) -> int:
        """A false commitment on record, with both platforms; gives its number."""
        for platform in CREDIT_PLATFORMS:
            self.put(platform, text_of(document, "subject.code"), FALSE, False)
        self.reported.append(dict(document))
        return len(self.reported)


class Credit(ActingDouble):
    """One of the two platforms."""

    operations: ClassVar[Mapping[str, Operation]] = {"/standings": Operation.STANDING, "/records": Operation.REPORT}
    required: ClassVar[Mapping[Operation, tuple[str, ...]]] = {
        Operation.STANDING: (*SUBJECT, *CIRCUMSTANCES),
        Operation.REPORT: ("key", "caseNo", "documentNo", "documentDigest", "fact", "effectiveOn", *SUBJECT),
    }
    remembered: ClassVar[tuple[Operation, ...]] = (Operation.REPORT,)

    def __init__(self, state: State, platform: Platform, register: CreditRegister) -> None:
        super().__init__(state, platform)
        self._register = register

    def act(self, operation: Operation, document: Document, fault: Fault | None) -> dict[str, Any]:
        """Tell how somebody stands, or take a record."""
        if operation is Operation.REPORT:
            return self.receipt(f"XY-{self._register.report(document):06d}")
        code = text_of(document, "subject.code")
        standing, repaired = self._register.standing(self.platform, code)
        if fault is not None and fault.kind is FaultKind.ADVERSE:
            standing, repaired = SERIOUS, False
        stranger = fault is not None and fault.kind is FaultKind.WRONG_PERSON
        return {"subject_code": _STRANGER if stranger else code, "standing": standing, "repaired": repaired}
