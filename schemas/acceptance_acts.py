"""受理 to 办结 (pure): may the department do it, and which events does it come to."""

from __future__ import annotations

from datetime import datetime

from schemas.acceptance import (
    Accept,
    AcceptanceRefused,
    ApplicationAccepted,
    ApplicationTerminated,
    ClockExtended,
    ClockResumed,
    ClockStarted,
    ClockSuspended,
    DecisionReported,
    ExcludeTime,
    ExtendClock,
    NoticeIssued,
    RefuseAcceptance,
    ReportDecision,
    Terminate,
)
from schemas.acts import act_error
from schemas.application import Actor, CommandRef, Notice
from schemas.case_acts import Acted
from schemas.case_state import Case, RequirementStanding, Stage
from schemas.catalogue import ItemRules
from schemas.codes import ActorKind, PartyKind
from schemas.errors import FieldError
from schemas.events import EventBody
from schemas.timetable import (
    SUSPENDS,
    Clock,
    ClockKind,
    Extension,
    SuspensionGround,
    Timetable,
    due_of,
)

LONGEST_EXTENSION = 10
"""Working days by which the statutory period may be extended, once (行政许可法 42)."""
_CLOCKS = (ClockKind.STATUTORY, ClockKind.PROMISED)


def department_only(actor: Actor, rules: ItemRules) -> tuple[FieldError, ...]:
    """What is the department's to decide is done by its own people or reported by its own system."""
    kinds = (ActorKind.CLERK, ActorKind.DEPARTMENT, ActorKind.BUSINESS_SYSTEM)
    if actor.kind not in kinds:
        return (act_error("actor.kind", "wrong_actor"),)
    return () if actor.department == rules.department else (act_error("actor.department", "wrong_department"),)


def issue_notice(case: Case, notice: Notice | None, ref: CommandRef | None) -> Acted:
    """Once and complete: everything still required is named, also what other routes may yet find."""
    if case.notice is not None:
        return _no("command_id", "notice_issued_already")
    if case.stage is not Stage.ESTABLISHING:
        return _no("command_id", "already_accepted_stage")
    if notice is None:
        return _no("command_id", "nothing_lacking")
    return Acted(events=(NoticeIssued(command=ref, notice=notice),))


def accept(case: Case, rules: ItemRules, act: Accept, ref: CommandRef, timetable: Timetable, now: datetime) -> Acted:
    """受理: nothing is open and nothing is lacking; the clocks start."""
    if case.stage is not Stage.ESTABLISHING:
        return _no("command_id", "already_accepted_stage")
    if case.standing(RequirementStanding.OPEN):
        return _no("command_id", "requirements_open")
    if case.standing(RequirementStanding.NOT_EXEMPTED):
        return _no("command_id", "still_lacking")
    if act.accepted_at is not None and not case.received_at <= act.accepted_at <= now:
        return _no("accepted_at", "out_of_time")
    return Acted(events=accepted(rules, ref, act.accepted_at or now, timetable, deemed=False))


def accepted(
    rules: ItemRules, ref: CommandRef | None, at: datetime, timetable: Timetable, *, deemed: bool
) -> tuple[EventBody, ...]:
    """受理 and the clocks that start with it; ``deemed``: no notice went out in time (行政许可法 32)."""
    said: list[EventBody] = [ApplicationAccepted(command=ref, deemed=deemed, accepted_at=at)]
    budgets = {ClockKind.STATUTORY: rules.statutory_working_days, ClockKind.PROMISED: rules.promised_working_days}
    for kind, budget in budgets.items():
        if budget is not None:
            due = timetable.due(at, budget)
            said.append(
                ClockStarted(
                    clock=kind,
                    working_days=budget,
                    started_at=at,
                    due_at=due.at,
                    due_provisional=due.provisional,
                    calendar_version=timetable.calendar.version,
                )
            )
    return tuple(said)


def refuse_acceptance(case: Case, act: RefuseAcceptance, ref: CommandRef) -> Acted:
    """不予受理, before 受理 only."""
    if case.stage is not Stage.ESTABLISHING:
        return _no("command_id", "already_accepted_stage")
    return Acted(events=(AcceptanceRefused(command=ref, reason=act.reason, legal_basis=act.legal_basis),))


def extend_clock(case: Case, act: ExtendClock, ref: CommandRef, timetable: Timetable, now: datetime) -> Acted:
    """延长, once, by the head of the department, who is not the one that asks for it."""
    clock = case.clocks.get(act.clock)
    if clock is None or clock.stopped_at is not None:
        return _no("clock", "no_such_clock")
    if act.decided_by == act.actor.actor_id:
        return _no("decided_by", "head_must_decide")
    if clock.extensions:
        return _no("clock", "already_extended")
    if act.clock is ClockKind.STATUTORY and act.working_days > LONGEST_EXTENSION:
        return _no("working_days", "extension_too_long")
    added = Extension(working_days=act.working_days, reason=act.reason, decided_at=now)
    longer = clock.model_copy(update={"extensions": (*clock.extensions, added)})
    body = ClockExtended(
        command=ref,
        clock=act.clock,
        working_days=act.working_days,
        reason=act.reason,
        decided_by=act.decided_by,
        notice_digest=act.notice_digest,
        due_at=due_of(longer, timetable, now).at,
    )
    return Acted(events=(body,))


def exclude_time(case: Case, rules: ItemRules, act: ExcludeTime, ref: CommandRef) -> Acted:
    """扣除 begins for every clock that runs, with written notice (行政许可法 45)."""
    running = [c for c in _running(case) if not _still(c, SuspensionGround.EXCLUDED)]
    if not _running(case):
        return _no("command_id", "no_such_clock")
    if not running:
        return _no("command_id", "clock_stands_still")
    events = tuple(
        ClockSuspended(
            command=ref if at == 0 else None,
            clock=clock.kind,
            ground=SuspensionGround.EXCLUDED,
            reason=f"{act.procedure}：{act.reason}"[:200],
            responsible=rules.department_name,
            notice_digest=act.notice_digest,
        )
        for at, clock in enumerate(running)
    )
    return Acted(events=events)


def resume_clock(case: Case, ref: CommandRef, timetable: Timetable, now: datetime) -> Acted:
    """The excluded procedure is over."""
    still = [c for c in _running(case) if _still(c, SuspensionGround.EXCLUDED)]
    if not still:
        return _no("command_id", "clock_runs")
    return Acted(events=_resumed(still, SuspensionGround.EXCLUDED, ref, timetable, now))


def charge_applicant(case: Case, reason: str) -> tuple[EventBody, ...]:
    """The applicant's turn: only the clocks that may, stand still; the statutory one never does (law 11)."""
    return tuple(
        ClockSuspended(
            command=None,
            clock=clock.kind,
            ground=SuspensionGround.APPLICANT,
            reason=reason,
            responsible="applicant",
            notice_digest=None,
        )
        for clock in _running(case)
        if SuspensionGround.APPLICANT in SUSPENDS[clock.kind] and not _still(clock, SuspensionGround.APPLICANT)
    )


def discharge_applicant(case: Case, timetable: Timetable, now: datetime) -> tuple[EventBody, ...]:
    """It is not his turn any more."""
    still = [c for c in _running(case) if _still(c, SuspensionGround.APPLICANT)]
    return _resumed(still, SuspensionGround.APPLICANT, None, timetable, now)


def report_decision(case: Case, act: ReportDecision, ref: CommandRef, now: datetime) -> Acted:
    """决定: after 受理; the result is withheld while a deferred material is owed [domain §6.1]."""
    if case.stage is not Stage.ACCEPTED:
        return _no("command_id", "already_decided" if case.decided else "not_accepted_yet")
    if case.opinions_out:
        return _no("command_id", "opinion_outstanding")
    deemed_with_open = bool(case.standing(RequirementStanding.OPEN))
    if deemed_with_open and act.decision == "granted":
        return _no("command_id", "requirements_open")
    if act.decided_at is not None and not case.received_at <= act.decided_at <= now:
        return _no("decided_at", "out_of_time")
    body = DecisionReported(
        command=ref,
        decision=act.decision,
        reference=act.reference,
        decided_at=act.decided_at or now,
        withheld=bool(case.deferrals_owed) and act.decision == "granted",
    )
    return Acted(events=(body,))


def terminate(case: Case, applicant: PartyKind, act: Terminate, ref: CommandRef) -> Acted:
    """The applicant died, or the company was dissolved, before the decision."""
    if case.decided:
        return _no("command_id", "already_decided")
    organisation = applicant is PartyKind.ORGANISATION
    if organisation != (act.cause == "company_dissolved"):
        return _no("cause", "wrong_cause")
    body = ApplicationTerminated(command=ref, cause=act.cause, reason=act.reason, document_digest=act.document_digest)
    return Acted(events=(body,))


def _running(case: Case) -> list[Clock]:
    return [case.clocks[k] for k in _CLOCKS if k in case.clocks and case.clocks[k].stopped_at is None]


def _still(clock: Clock, ground: SuspensionGround) -> bool:
    return any(s.until is None and s.ground is ground for s in clock.suspensions)


def _resumed(
    clocks: list[Clock], ground: SuspensionGround, ref: CommandRef | None, timetable: Timetable, now: datetime
) -> tuple[EventBody, ...]:
    said: list[EventBody] = []
    for at, clock in enumerate(clocks):
        ended = clock.model_copy(
            update={
                "suspensions": tuple(
                    s.model_copy(update={"until": now}) if s.until is None and s.ground is ground else s
                    for s in clock.suspensions
                )
            }
        )
        due = due_of(ended, timetable, now)
        said.append(ClockResumed(command=ref if at == 0 else None, clock=clock.kind, ground=ground, due_at=due.at))
    return tuple(said)


def _no(field: str, code: str) -> Acted:
    return Acted(errors=(act_error(field, code),))
