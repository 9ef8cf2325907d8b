"""受理 to 办结 in the fold of a case: notice, acceptance, clocks, decision, end."""

from __future__ import annotations

from datetime import datetime

from schemas.acceptance import (
    AcceptanceBody,
    AcceptanceRefused,
    ApplicationAccepted,
    ApplicationCompleted,
    ApplicationTerminated,
    ClockExtended,
    ClockResumed,
    ClockStarted,
    ClockSuspended,
    DecisionReported,
    DeferralGranted,
    DeferralLapsed,
    DeferralSigned,
    DeferredSupplied,
    NoticeIssued,
    ResultReleased,
)
from schemas.case_state import Case, Stage
from schemas.stream import ImpossibleEvent
from schemas.timetable import Clock, ClockKind, Extension, Suspension


def change_acceptance(case: Case, body: AcceptanceBody, at: datetime) -> Case:
    """The case after one event of its acceptance, its clocks or its end."""
    match body:
        case NoticeIssued():
            if case.notice is not None:
                raise ImpossibleEvent("the one notice was issued already")
            update: dict[str, object] = {"notice": body.notice}
        case ApplicationAccepted():
            if case.stage is not Stage.ESTABLISHING:
                raise ImpossibleEvent(f"accepted when the case is {case.stage}")
            update = {"stage": Stage.ACCEPTED, "accepted_at": body.accepted_at}
        case AcceptanceRefused():
            update = {"stage": Stage.NOT_ACCEPTED}
        case ClockStarted():
            clock = Clock(kind=body.clock, budget=body.working_days, started_at=body.started_at)
            update = {"clocks": case.clocks | {body.clock: clock}}
        case ClockExtended():
            clock = _clock(case, body.clock)
            added = Extension(working_days=body.working_days, reason=body.reason, decided_at=at)
            update = _with(case, clock.model_copy(update={"extensions": (*clock.extensions, added)}))
        case ClockSuspended():
            clock = _clock(case, body.clock)
            still = Suspension(ground=body.ground, reason=body.reason, responsible=body.responsible, since=at)
            update = _with(case, clock.model_copy(update={"suspensions": (*clock.suspensions, still)}))
        case ClockResumed():
            clock = _clock(case, body.clock)
            suspensions = tuple(
                s.model_copy(update={"until": at}) if s.until is None and s.ground is body.ground else s
                for s in clock.suspensions
            )
            update = _with(case, clock.model_copy(update={"suspensions": suspensions}))
        case DeferralGranted():
            update = {"deferrals_owed": (*case.deferrals_owed, body.requirement)}
        case DeferredSupplied() | DeferralLapsed():
            update = {"deferrals_owed": tuple(k for k in case.deferrals_owed if k != body.requirement)}
        case DecisionReported():
            if case.stage is not Stage.ACCEPTED:
                raise ImpossibleEvent(f"decided when the case is {case.stage}")
            clocks = {k: c.model_copy(update={"stopped_at": at}) for k, c in case.clocks.items()}
            update = {"stage": Stage.DECIDED, "decision": body.decision, "clocks": clocks, "withheld": body.withheld}
        case ApplicationTerminated():
            update = {"stage": Stage.TERMINATED}
        case ApplicationCompleted():
            if case.stage is not Stage.DECIDED:
                raise ImpossibleEvent(f"completed when the case is {case.stage}")
            update = {"stage": Stage.COMPLETED}
        case DeferralSigned() | ResultReleased():
            return case
    return case.model_copy(update=update)


def _clock(case: Case, kind: ClockKind) -> Clock:
    if kind not in case.clocks:
        raise ImpossibleEvent(f"no clock {kind} runs")
    return case.clocks[kind]


def _with(case: Case, clock: Clock) -> dict[str, object]:
    return {"clocks": case.clocks | {clock.kind: clock}}
