"""What goes through the HTTP door: what a business system hands in, and what it is told of a case (pure)."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime

from schemas.application import (
    Actor,
    ApplicationContent,
    ApplicationRequest,
    ApplicationResult,
    LedgerPosition,
    Notice,
)
from schemas.assignment import Rung, Step
from schemas.base import Model
from schemas.codes import Route
from schemas.identifiers import ApplicationNo, Code, PartyId, Uscc
from schemas.long_route import TaskView
from schemas.overview import CaseOverview
from schemas.texts import zh


class ApplicationIntake(ApplicationContent):
    """An application as it is handed in.

    Without ``application_no`` the ``Idempotency-Key`` header makes it repeatable and the number is derived from it.
    ``operator`` is the clerk for whom a business system hands it in; whoever hands it in himself leaves it out.
    """

    application_no: ApplicationNo | None = None
    operator: Actor | None = None

    def request(self, application_no: str, operator: Actor) -> ApplicationRequest:
        """What starts the case.  Raises ValidationError."""
        content = {name: getattr(self, name) for name in ApplicationContent.model_fields}
        return ApplicationRequest(application_no=application_no, operator=operator, **content)


class Coded(Model):
    """A stable code, and what it means in Chinese."""

    code: str
    text: str


class Waiting(Model):
    """Somebody has to act: who, on what, since and until when, and what follows when nobody does."""

    who: str
    task: str
    step: Step
    requirement: str | None
    since: AwareDatetime
    due_at: AwareDatetime
    due_provisional: bool
    colour: Rung | None
    then: str
    stream: str
    """The workflow that waits; acts about it go there."""


class ReasonAnswer(Model):
    """A route that was taken, or passed over, and why."""

    route: Route
    route_text: str
    evidence_type: str
    standing: str
    code: str
    text: str
    clause: str
    """Of the policy."""


class RequirementAnswer(Model):
    """One requirement: how it stands, on which ground, and why each route was taken or not."""

    requirement: str
    evidence_names: tuple[str, ...]
    party_id: PartyId
    status: Coded
    ground: Coded | None
    reasons: tuple[ReasonAnswer, ...]
    waiting: tuple[Waiting, ...]


class PartyAnswer(Model):
    """A party, by number only."""

    party_id: PartyId
    role: Code


class Links(Model):
    """Where to go on."""

    self: str
    explain: str
    wait: str
    tasks: str
    evidence: str
    withdraw: str


class ApplicationAnswer(Model):
    """How a case stands."""

    application_no: ApplicationNo
    item_code: str
    item_name: str | None
    department: Uscc | None
    department_name: str | None
    stage: Coded
    ended: bool
    received_at: AwareDatetime
    accepted_at: AwareDatetime | None
    decision: str | None
    notice: Notice | None
    notice_due: date | None
    notice_due_provisional: bool
    parties: tuple[PartyAnswer, ...]
    requirements: tuple[RequirementAnswer, ...]
    waiting: tuple[Waiting, ...]
    """What the case itself waits for; what its requirements wait for stands with them."""
    outcome: ApplicationResult | None
    """Once the case has ended."""
    recorded: int
    """Events of the case so far; what a 2xx has promised is among them."""
    position: LedgerPosition | None
    """Where the ledger stands; ``None`` while it has nothing of the case yet."""
    links: Links


class Accepted(Model):
    """收件: the case is started, and nothing of it can be lost any more."""

    application_no: ApplicationNo
    links: Links


def links_of(application_no: str) -> Links:
    """The addresses of a case, relative to the door."""
    base = f"/applications/{application_no}"
    return Links(
        self=base,
        explain=f"{base}/explain",
        wait=f"{base}/wait",
        tasks=f"/tasks?application_no={application_no}",
        evidence=f"{base}/evidence",
        withdraw=f"{base}/withdraw",
    )


def answer_of(seen: CaseOverview, elsewhere: tuple[Waiting, ...] = ()) -> ApplicationAnswer:
    """The answer to ``GET /applications/{no}``; ``elsewhere`` is what its long routes wait for."""
    status = seen.status
    own = tuple(waiting_of(t, f"application/{status.application_no}") for t in seen.tasks if t.closed is None)
    waits = (*own, *elsewhere)
    explained = {r.requirement: r for r in seen.explanation.requirements}
    return ApplicationAnswer(
        application_no=status.application_no,
        item_code=status.item_code,
        item_name=seen.item_name,
        department=seen.department,
        department_name=seen.department_name,
        stage=Coded(code=status.stage, text=zh.STAGES[status.stage]),
        ended=seen.ended,
        received_at=status.received_at,
        accepted_at=status.accepted_at,
        decision=status.decision,
        notice=seen.notice,
        notice_due=status.notice_due,
        notice_due_provisional=status.notice_due_provisional,
        parties=tuple(PartyAnswer(party_id=p.party_id, role=p.role) for p in seen.parties),
        requirements=tuple(
            RequirementAnswer(
                requirement=r.requirement,
                evidence_names=r.evidence_names,
                party_id=r.party_id,
                status=Coded(code=r.status, text=zh.STANDINGS[r.status]),
                ground=Coded(code=r.ground, text=zh.ROUTES.get(r.ground, zh.reason(r.ground))) if r.ground else None,
                reasons=tuple(
                    ReasonAnswer(
                        route=rung.route,
                        route_text=zh.ROUTES[rung.route.value],
                        evidence_type=rung.evidence_type,
                        standing=rung.standing,
                        code=rung.reason,
                        text=rung.text,
                        clause=rung.clause,
                    )
                    for rung in (explained[r.requirement].rungs if r.requirement in explained else ())
                    if rung.standing != "not_reached"
                ),
                waiting=tuple(w for w in waits if w.requirement == r.requirement),
            )
            for r in status.requirements
        ),
        waiting=tuple(w for w in waits if w.requirement is None),
        outcome=seen.result,
        recorded=status.recorded,
        position=seen.position,
        links=links_of(status.application_no),
    )


def waiting_of(task: TaskView, stream: str) -> Waiting:
    """An open task, as it is told to a business system."""
    return Waiting(
        who=task.whose_turn,
        task=task.task,
        step=task.step,
        requirement=task.requirement,
        since=task.opened_at,
        due_at=task.due_at,
        due_provisional=task.due_provisional,
        colour=task.colour,
        then=task.then,
        stream=stream,
    )
