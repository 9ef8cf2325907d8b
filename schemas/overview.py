"""办件全貌: all that may be told of a case in one answer, for the door (pure; no personal data)."""

from __future__ import annotations

from schemas.application import (
    Actor,
    ApplicationResult,
    ApplicationStatus,
    Explanation,
    LedgerPosition,
    Notice,
)
from schemas.base import Model
from schemas.case_state import Case
from schemas.catalogue import ItemRules
from schemas.events import RungFinding
from schemas.identifiers import Code, PartyId, SubjectRef, Uscc
from schemas.long_route import TaskView, tasks_of
from schemas.views import explain, result_of, status_of


class PartyOverview(Model):
    """A party, by number and pseudonym."""

    party_id: PartyId
    role: Code
    subject_ref: SubjectRef


class CaseOverview(Model):
    """Answer of the query ``overview``, and what a fold of the ledger gives of a case Temporal has forgotten."""

    status: ApplicationStatus
    explanation: Explanation
    tasks: tuple[TaskView, ...]
    """Of the case itself; each long route has its own."""
    parties: tuple[PartyOverview, ...]
    taken_in_by: Uscc | None
    """The department of whoever took the application in."""
    taken_in_with: str
    """The number of that clerk or system."""
    item_name: str | None
    department: Uscc | None
    """The deciding department; with its name, known from admission on."""
    department_name: str | None
    ended: bool
    notice: Notice | None
    result: ApplicationResult | None
    """Where the case has ended and all of it is durable."""
    position: LedgerPosition | None
    """Where the ledger stands; ``None`` while it has nothing of the case yet."""


def overview_of(
    case: Case,
    operator: Actor,
    rules: ItemRules | None,
    live: dict[str, tuple[RungFinding, ...]],
    position: LedgerPosition | None,
    durable: int,
) -> CaseOverview:
    """The whole of a case.

    ``operator`` took the application in, ``rules`` are of its admission, ``live`` the findings so far of the
    requirements still open, ``durable`` is how many events the ledger has.
    """
    settled_by = {r.settled_by for r in case.requirements.values() if r.settled_by is not None}
    whole = rules is not None and settled_by <= rules.evidence.keys()
    finished = case.ended and whole and position is not None and durable == case.sequence + 1
    return CaseOverview(
        status=status_of(case, durable),
        explanation=explain(case, live),
        tasks=tasks_of(case),
        parties=tuple(PartyOverview(party_id=p.party_id, role=p.role, subject_ref=p.subject_ref) for p in case.parties),
        taken_in_by=operator.department,
        taken_in_with=operator.actor_id,
        item_name=rules.item_name if rules else None,
        department=rules.department if rules else None,
        department_name=rules.department_name if rules else None,
        ended=case.ended,
        notice=case.notice,
        result=result_of(case, rules, position) if finished and rules and position else None,
        position=position,
    )
