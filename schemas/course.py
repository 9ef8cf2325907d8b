"""The course of a case whose facts need people (pure): which tasks are whose, when the one notice goes out, the end.

Level-triggered: what is to be done follows from how the case stands, so that it may be asked as often as one likes and
the second time nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal

from schemas.acceptance import ApplicationCompleted, ApplicationTerminated, NoticeIssued, ResultReleased
from schemas.acceptance_acts import accepted, charge_applicant, discharge_applicant
from schemas.assignment import Assignee, AssignmentHeld, DueChanged, Responsible, Step, of_department, resumed
from schemas.base import Model
from schemas.case_reports import at_the_end, call_off
from schemas.case_state import Case, RequirementStanding, RouteStanding, Stage
from schemas.catalogue import ItemRules
from schemas.decision_due import decision_due, follow_clocks
from schemas.events import ApplicationHandedOver, EventBody
from schemas.identifiers import Uscc
from schemas.ladder import Climb, Offer, Open, Propose, Resume, proposal_task
from schemas.long_ladder import choice_task
from schemas.long_route import ROUTE_WORDS, long_route_stream
from schemas.notice import make_notice
from schemas.policy import LongPolicy
from schemas.route_events import CompletionJoined, RequirementProvisionallySettled, ReviewOpened, RouteOpened
from schemas.route_starts import completion_stream, review_about, review_stream
from schemas.texts import zh
from schemas.timetable import Due, Timetable

NOTICE, SUPPLEMENT, ACCEPTANCE, DECISION = "notice", "supplement", "acceptance", "decision"
"""Tasks of the case as a whole; those about a requirement have its key behind their step."""
WANTED: dict[Step, type[Offer] | type[Propose]] = {Step.CHOICE: Offer, Step.PROPOSAL: Propose}
"""The questions about a requirement, and what the ladder says of it as long as they have a point."""
HIS = (Step.CHOICE, Step.SUPPLEMENT)
"""The applicant's turns."""
Closing = Literal["done", "withdrawn", "expired", "ended"]


class OpenTask(Model):
    """A task is to be somebody's from now on; the budget is the step's unless it is given."""

    assignment: str
    step: Step
    assignee: Assignee
    task: str
    then: str
    requirement: str | None = None
    working_days: int | None = None
    due: Due | None = None
    ends_at: datetime | None = None
    tell: bool = True


class CloseTask(Model):
    """A task has lost its point; one that is closed already is left alone."""

    assignment: str
    how: Closing


class CloseTasks(Model):
    """Every task that is open is closed, and every question still out at a source: the end."""

    how: Closing


Move = EventBody | OpenTask | CloseTask | CloseTasks
"""An event to be recorded, or what is to become of a task."""
Climbs = dict[str, Climb]
"""What the ladder says right now of the open requirements that people have to go on with."""


class Bearings(Model):
    """What a case is steered by, besides how it stands: its rules, the county's policy, and the time."""

    rules: ItemRules
    long: LongPolicy
    window: Uscc | None
    """The office that took the application in; through it the applicant is reached."""
    timetable: Timetable
    now: datetime

    @property
    def applicant(self) -> Assignee:
        """The applicant, reached through the window."""
        department = self.window or self.rules.department
        return Assignee(responsible=Responsible.APPLICANT, name=zh.APPLICANT, department=department)

    @property
    def department(self) -> Assignee:
        """The deciding department."""
        return of_department(self.rules.department_name, self.rules.department)


# --- requirements ----------------------------------------------------------------------------------------------------


def take_up(case: Case, climbs: Climbs, at: Bearings) -> Iterator[Move]:
    """Open what the ladder asks for: reviews, corrections, routes, and the questions to applicant and department."""
    if case.ended:
        return
    for key, climb in climbs.items():
        state = case.requirements[key]
        for number, evidence in enumerate(climb.reviews, start=len(state.reviews) + 1):
            outcome, detail = review_about(state, evidence)
            stream = review_stream(case.application_no, key, number)
            yield ReviewOpened(requirement=key, evidence=evidence, stream=stream, outcome=outcome, detail=detail)
        for correction in climb.corrections:
            subject_ref = next(p.subject_ref for p in case.parties if p.party_id == state.raised.party_id)
            stream = completion_stream(at.rules.evidence[correction.evidence].code, subject_ref)
            yield CompletionJoined(requirement=key, evidence=correction.evidence, stream=stream)
        match climb.decision:
            case Open() as up:
                yield RouteOpened(
                    command=None,
                    requirement=key,
                    evidence=up.evidence,
                    route=up.route,
                    stream=long_route_stream(ROUTE_WORDS[up.route], case.application_no, key, up.round),
                    round=up.round,
                    document_digest=None,
                    findings=up.findings,
                )
            case Resume() as again:
                yield _counts_again(case, key, again)
            case Offer() as offer if not _is_open(case, choice_task(key)):
                yield _question_to_applicant(key, offer, at)
            case Propose() as propose if not _is_open(case, proposal_task(key)):
                yield _question_to_department(key, propose, at)


def _counts_again(case: Case, key: str, again: Resume) -> RequirementProvisionallySettled:
    """On what it stood before: the signed letter, the paper."""
    route = case.requirements[key].route(again.route, again.evidence)
    if route is None:
        raise ValueError(f"{key} was never settled by {again.route}")
    return RequirementProvisionallySettled(
        requirement=key,
        evidence=again.evidence,
        ground=again.route,
        stream=route.stream,
        basis=zh.COUNTS_AGAIN,
        evidence_digest=route.document_digest,
        findings=again.findings,
    )


def _question_to_applicant(key: str, offer: Offer, at: Bearings) -> OpenTask:
    """His will is needed: one task, visible as his, charged to him; silence presumes nothing."""
    routes = tuple(dict.fromkeys(option.route for option in offer.options))
    names = "、".join(zh.ROUTES[route.value] for route in routes)
    evidence = at.rules.evidence[offer.options[0].evidence].name
    return OpenTask(
        assignment=choice_task(key),
        step=Step.CHOICE,
        assignee=at.applicant,
        task=zh.TASK_CHOICE.format(evidence=evidence, options=names),
        then=zh.THEN_WITHOUT_HIM,
        requirement=key,
    )


def _question_to_department(key: str, propose: Propose, at: Bearings) -> OpenTask:
    return OpenTask(
        assignment=proposal_task(key),
        step=Step.PROPOSAL,
        assignee=at.department,
        task=zh.TASK_PROPOSAL.format(evidence=at.rules.evidence[propose.evidence].name),
        then=zh.THEN_NOT_EXEMPTED,
        requirement=key,
    )


def sweep(case: Case, climbs: Climbs, at: Bearings) -> Iterator[Move]:
    """What has lost its point is withdrawn: questions about what went another way, and what was still asked of others.

    However a requirement came to be settled for good, the requests still open for it are called off (law 7).
    """
    for key, known in case.requirements.items():
        if known.standing is RequirementStanding.SETTLED:
            yield from call_off(known, key)
    for task in case.assignments.values():
        wanted = WANTED.get(task.step)
        if task.open and wanted is not None and task.requirement is not None:
            climb = climbs.get(task.requirement)
            if climb is None or not isinstance(climb.decision, wanted):
                yield CloseTask(assignment=task.assignment, how="done")
    lacking = case.standing(RequirementStanding.OPEN, RequirementStanding.NOT_EXEMPTED)
    if lacking and _is_open(case, ACCEPTANCE):
        yield CloseTask(assignment=ACCEPTANCE, how="withdrawn")


# --- the case as a whole ---------------------------------------------------------------------------------------------


def move_on(case: Case, climbs: Climbs, at: Bearings) -> Iterator[Move]:
    """Nothing is open: what is lacking is told at once and whole; what is final is handed over.

    Once accepted, the department has to decide, and once decided the case ends, whatever is still open.
    """
    lacking = case.standing(RequirementStanding.NOT_EXEMPTED)
    owed = case.standing(RequirementStanding.PROVISIONAL)
    match case.stage:
        case Stage.ACCEPTED:
            yield from _ask_for_decision(case, at)
        case Stage.DECIDED if not case.deferrals_owed or case.decision == "refused":
            yield from _complete(case)
        case Stage.ESTABLISHING if case.open_requirements():
            return
        case Stage.ESTABLISHING if not lacking and not owed and case.opinions_out:
            return  # whoever asked for an opinion wants it before it has the case in its own system
        case Stage.ESTABLISHING if not lacking and not owed:
            yield CloseTasks(how="done")
            yield ApplicationHandedOver(notice=case.notice)
        case Stage.ESTABLISHING if lacking:
            yield from _give_notice(case, at)
        case Stage.ESTABLISHING:
            yield from _ask_for_acceptance(case, at)


def _give_notice(case: Case, at: Bearings) -> Iterator[Move]:
    """补正告知, once and complete; then it is the applicant's turn."""
    if case.notice is None:
        notice = make_notice(case, at.rules)
        if notice is None:
            return
        yield NoticeIssued(command=None, notice=notice)
    yield from _after_notice(case, at)


def _after_notice(case: Case, at: Bearings) -> Iterator[Move]:
    yield CloseTask(assignment=NOTICE, how="done")
    if not _is_open(case, SUPPLEMENT):
        yield _supplement(at)


def _supplement(at: Bearings) -> OpenTask:
    return OpenTask(
        assignment=SUPPLEMENT,
        step=Step.SUPPLEMENT,
        assignee=at.applicant,
        task=zh.TASK_SUPPLEMENT,
        then=zh.THEN_SUPPLEMENT,
    )


def _ask_for_acceptance(case: Case, at: Bearings) -> Iterator[Move]:
    yield CloseTask(assignment=SUPPLEMENT, how="done")
    if not _is_open(case, NOTICE) and not _is_open(case, ACCEPTANCE):
        yield OpenTask(
            assignment=ACCEPTANCE,
            step=Step.ACCEPTANCE,
            assignee=at.department,
            task=zh.TASK_ACCEPTANCE,
            then=zh.THEN_ALARM,
        )


def _ask_for_decision(case: Case, at: Bearings) -> Iterator[Move]:
    for task in (NOTICE, ACCEPTANCE, SUPPLEMENT):
        yield CloseTask(assignment=task, how="done")
    if DECISION not in case.assignments:
        yield _decision(case, at)


def _decision(case: Case, at: Bearings) -> OpenTask:
    return OpenTask(
        assignment=DECISION,
        step=Step.DECISION,
        assignee=at.department,
        task=zh.TASK_DECISION,
        then=zh.THEN_ALARM,
        due=decision_due(case, at.timetable, at.now),
    )


def _complete(case: Case) -> Iterator[Move]:
    yield from at_the_end(case)
    yield CloseTasks(how="done")
    if case.withheld:
        yield ResultReleased()
    yield ApplicationCompleted()


def notice_in_time(case: Case, climbs: Climbs, at: Bearings) -> Iterator[Move]:
    """A working day before the notice is due it goes out whole, though other routes are still under way.

    It is the only one, and without it a licence would count as accepted (行政许可法 32): it names what is not found.
    """
    task = case.assignments.get(NOTICE)
    if task is None or not task.open or case.notice is not None or case.stage is not Stage.ESTABLISHING:
        return
    if at.now >= at.timetable.shifted(task.due_at, -at.long.rungs.reminder_before):
        notice = make_notice(case, at.rules, with_open=True)
        if notice is not None:
            yield NoticeIssued(command=None, notice=notice)
            yield from _after_notice(case, at)


def lapse(case: Case, climbs: Climbs, at: Bearings) -> Iterator[Move]:
    """Deadlines of the whole case that passed: deemed acceptance, an applicant who never supplied what he owes.

    What others still have in hand is nothing he owes: then his period begins anew, and stands still for as long.
    """
    if case.ended:
        return
    if _expired(case, NOTICE) and case.stage is Stage.ESTABLISHING:
        yield from accepted(at.rules, None, case.received_at, at.timetable, deemed=True)
    if not _expired(case, SUPPLEMENT) or case.decided:
        return
    if not _owes(case):
        if case.stage is Stage.ESTABLISHING and case.open_requirements():
            yield _supplement(at)
    else:
        yield from at_the_end(case)
        yield CloseTasks(how="ended")
        yield ApplicationTerminated(command=None, cause="not_supplied", reason=zh.BASIS_LAPSED, document_digest=None)


def charge(case: Case, climbs: Climbs, at: Bearings) -> Iterator[Move]:
    """While only the applicant can go on, the clocks that may stand still, do; the statutory one never does."""
    if case.ended:
        return
    tasks = case.assignments.values()
    turn = next((t for t in tasks if t.open and t.step in HIS and t.held_since is None), None)
    if turn is not None:
        yield from charge_applicant(case, turn.task)
    else:
        yield from discharge_applicant(case, at.timetable, at.now)


def his_period(case: Case, climbs: Climbs, at: Bearings) -> Iterator[Move]:
    """The period in which he has to supply stands still while nothing is his to supply: others have it in hand."""
    task = case.assignments.get(SUPPLEMENT)
    if case.ended or task is None or not task.open:
        return
    if not _owes(case) and task.held_since is None:
        held = AssignmentHeld(assignment=SUPPLEMENT, reason=zh.HELD_FOR_OTHERS, responsible=at.rules.department_name)
        yield held
    elif _owes(case) and task.held_since is not None:
        yield resumed(task, at.timetable, at.now)


def keep_time(case: Case, climbs: Climbs, at: Bearings) -> Iterator[Move]:
    """The decision is due when the clocks say so: 延长, 扣除 and his turn move it (law 11).

    With more time by law what was raised about the old deadline counts no more: the task is given anew, and told so.
    """
    task = case.assignments.get(DECISION)
    if case.ended or task is None or not task.open:
        return
    moved = follow_clocks(case, task, at.timetable, at.now)
    if isinstance(moved, DueChanged) and task.fired and moved.due_at > max(at.now, task.due_at):
        yield CloseTask(assignment=DECISION, how="withdrawn")
        yield _decision(case, at)
    elif moved is not None:
        yield moved


def watch_the_notice(case: Case, climbs: Climbs, at: Bearings) -> Iterator[Move]:
    """A case that waits for people before 受理 has the five-working-day clock of its notice running (law: §32)."""
    waits = any(t.open for t in case.assignments.values()) or any(
        any(route.standing is RouteStanding.OPEN for route in known.routes)
        or any(review.conclusion is None for review in known.reviews)
        for known in case.requirements.values()
    )
    waits = waits or bool(case.opinions_out)
    before = case.stage is Stage.ESTABLISHING and case.notice is None and NOTICE not in case.assignments
    if not (waits and before) or case.notice_due is None:
        return
    due = _notice_due(case, at)
    deemed = at.rules.item_type in at.long.deemed_accepted
    yield OpenTask(
        assignment=NOTICE,
        step=Step.NOTICE,
        assignee=at.department,
        task=zh.TASK_NOTICE,
        then=zh.THEN_DEEMED if deemed else zh.THEN_ALARM,
        working_days=at.rules.notice_working_days,
        ends_at=due.at if deemed else None,
        due=due,
        tell=False,
    )


def _notice_due(case: Case, at: Bearings) -> Due:
    """From 收件, on the real calendar; a demonstration's short days run from 收件 too."""
    if at.long.working_day_seconds is not None or case.notice_due is None:
        return at.timetable.due(case.received_at, at.rules.notice_working_days)
    return Due(at=at.timetable.closing(case.notice_due), provisional=case.notice_due_provisional)


# --- pieces ----------------------------------------------------------------------------------------------------------


def _is_open(case: Case, assignment: str) -> bool:
    task = case.assignments.get(assignment)
    return task is not None and task.open


def _owes(case: Case) -> bool:
    """Whether anything is the applicant's to supply: no route is left for it."""
    return bool(case.standing(RequirementStanding.NOT_EXEMPTED))


def _expired(case: Case, assignment: str) -> bool:
    task = case.assignments.get(assignment)
    return task is not None and task.closed == "expired"


LEGS: tuple[Callable[[Case, Climbs, Bearings], Iterator[Move]], ...] = (
    lapse,
    take_up,
    sweep,
    move_on,
    notice_in_time,
    his_period,
    charge,
    keep_time,
    watch_the_notice,
)
"""The course of a case, leg by leg: each is asked of the case as the one before has left it."""
