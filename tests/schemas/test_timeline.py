"""The timeline: nothing left out, everything in its place, and the clocks as they ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.acceptance import ApplicationAccepted, ClockResumed, ClockStarted, ClockSuspended, DecisionReported
from schemas.application import Act, Actor, CommandRef, Notice
from schemas.assignment import (
    AlarmAnnulled,
    Assignee,
    AssignmentClosed,
    AssignmentHeld,
    AssignmentOpened,
    DueChanged,
    Responsible,
    Rung,
    RungFired,
    Step,
)
from schemas.codes import ActorKind, Route
from schemas.events import ApplicationHandedOver, Event, EventBody, RequirementSettled, RungFinding
from schemas.route_events import RouteOpened
from schemas.timeline import Entry, Kept, Section, Timeline, timeline_of
from schemas.timetable import ClockKind, SuspensionGround
from schemas.verification import VerificationAnswered, VerificationEnded, VerificationOpened
from tests.ledger.cases import admitted, received
from tests.worklist.streams import Stream

NO = "TL-1"
OWN, ROUTE = f"application/{NO}", f"verification/{NO}/marriage/applicant"
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SYSTEM = Actor(kind=ActorKind.SYSTEM, actor_id="mianzheng")
STAFF = Actor(kind=ActorKind.DEPARTMENT, actor_id="civil-7", department="11350526004086015N")
REF = CommandRef(command_id="c-1", act=Act.REPLY, digest="a" * 64)
KEY = admitted().requirements[0].key


def opened(assignment: str = "t", requirement: str | None = None, step: Step = Step.ACCEPTANCE) -> AssignmentOpened:
    return AssignmentOpened(
        assignment=assignment, step=step, requirement=requirement,
        assignee=Assignee(responsible=Responsible.DEPARTMENT, name="德化县民政局"), task="受理", then="督办",
        working_days=2, due_at=AT + 2 * DAY, due_provisional=False, calendar_version="c", ends_at=None,
    )  # fmt: skip


def closed(assignment: str = "t") -> AssignmentClosed:
    return AssignmentClosed(assignment=assignment, how="done")


def kept(*told: tuple[str, EventBody, datetime], actor: Actor = SYSTEM) -> list[Kept]:
    streams: dict[str, Stream] = {}
    found = []
    for name, body, at in told:
        stream = streams.setdefault(name, Stream(name, NO))
        found.append(of(stream.add(body, actor, at)))
    return found


def of(event: Event, superseded: bool = False) -> Kept:
    return Kept(
        event_id=str(event.event_id), stream=event.stream, position=event.sequence, type=event.body.type,
        occurred_at=event.occurred_at, superseded=superseded, event=event,
    )  # fmt: skip


def own(*bodies: EventBody) -> Timeline:
    """A case with these bodies, an hour apart."""
    return timeline_of(NO, kept(*((OWN, body, AT + n * HOUR) for n, body in enumerate(bodies))), AT + 10 * DAY)


def entry(timeline: Timeline, type_: str) -> Entry:
    (found,) = [e for section in timeline.sections for e in section.entries if e.type == type_]
    return found


def places(timeline: Timeline) -> list[tuple[str, str, list[str]]]:
    return [(s.kind, s.key, [e.type for e in s.entries]) for s in timeline.sections]


def settled() -> RequirementSettled:
    passed = RungFinding(route=Route.ELICENCE, evidence="x", reason="not_on_paper_exempt_list")
    unlisted = RungFinding(route=Route.COMMITMENT, evidence="x", reason="unlisted")
    return RequirementSettled(
        requirement=KEY, evidence="x", ground="verification", basis="民政局核验属实", evidence_digest=None,
        findings=(passed, unlisted),
    )  # fmt: skip


def test_stages_follow_each_other_and_a_requirement_has_its_own_section() -> None:
    handed = ApplicationHandedOver(notice=None)
    accepted = ApplicationAccepted(command=None, deemed=True, accepted_at=AT)
    decided = DecisionReported(command=REF, decision="granted", reference="r", decided_at=AT, withheld=False)
    timeline = own(received(), admitted(), settled(), handed, accepted, decided)
    assert places(timeline) == [
        ("stage", "intake", ["application_received", "application_admitted"]),
        ("requirement", KEY, ["requirement_settled"]),
        ("stage", "acceptance", ["application_handed_over", "application_accepted"]),
        ("stage", "decision", ["decision_reported"]),
    ]
    assert (timeline.item_name, timeline.item_code) == ("陶瓷市场准入", "pottery_market_entry")
    section: Section = timeline.sections[1]
    assert (section.names, section.result) == (admitted().requirements[0].names, "requirement_settled")
    took = [entry(timeline, name).took for name in ("requirement_settled", "application_accepted", "decision_reported")]
    assert [(t.seconds, t.since) for t in took if t] == [
        (3600.0, "application_admitted"),
        (4 * 3600.0, "application_received"),
        (3600.0, "application_accepted"),
    ]
    assert ("deemed", "true") in {(s.label, s.text) for s in entry(timeline, "application_accepted").said}


def test_grounds_are_said_with_the_clause_of_the_policy() -> None:
    told = entry(own(received(), admitted(), settled()), "requirement_settled")
    assert told.clauses == ("三(三)、四(四)一",) and told.tone == "good"
    assert [(s.text, s.clause) for s in told.said if s.label == "rung"] == [
        ("elicence not_on_paper_exempt_list", "三(二)1"),
        ("commitment unlisted", "四(一)"),
    ]
    assert ("basis", "民政局核验属实") in {(s.label, s.text) for s in told.said}


def test_a_route_of_its_own_stands_with_its_requirement_and_says_who_answered() -> None:
    route = RouteOpened(
        command=None, requirement=KEY, evidence="x", route=Route.VERIFICATION, stream=ROUTE, round=1,
        document_digest=None, findings=(),
    )  # fmt: skip
    asked = VerificationOpened(
        requirement=KEY, evidence="x", evidence_name="婚姻证明", department="民政局", key="k", question="是否属实"
    )
    answered = VerificationAnswered(
        command=REF, verdict="confirmed", reason="一致", document_digest=None, answered_at=AT, late=True
    )
    ended = VerificationEnded(result="answered")
    found = kept((OWN, received(), AT), (OWN, admitted(), AT), (OWN, route, AT + HOUR), (ROUTE, asked, AT + HOUR))
    stream = Stream(ROUTE, NO)
    stream.add(asked, SYSTEM, AT + HOUR)
    for body, at in ((opened(step=Step.VERIFICATION), AT + HOUR), (answered, AT + 3 * HOUR), (closed(), AT + 3 * HOUR),
                     (ended, AT + 4 * HOUR)):  # fmt: skip
        found.append(of(stream.add(body, STAFF, at)))
    timeline = timeline_of(NO, found, AT + DAY)
    assert [types for kind, _, types in places(timeline) if kind == "requirement"] == [
        ["route_opened", "verification_opened", "assignment_opened", "verification_answered", "assignment_closed",
         "verification_ended"]
    ]  # fmt: skip
    told = entry(timeline, "verification_answered")
    assert (told.actor, told.actor_id, told.department) == ("department", "civil-7", STAFF.department)
    assert told.took is not None and (told.took.seconds, told.took.since) == (2 * 3600.0, "verification_opened")
    assert {("verdict", "confirmed", "verdicts"), ("reason", "一致", "details"), ("late", "true", "truth")} <= {
        (s.label, s.text, s.words) for s in told.said
    }
    assert [(c.step, c.requirement, c.state) for c in timeline.clocks] == [("verification", KEY, "kept")]


def test_a_branch_that_was_replaced_is_shown_and_counts_for_nothing() -> None:
    found = kept((OWN, received(), AT), (OWN, admitted(), AT), (OWN, opened(), AT + HOUR), (OWN, settled(), AT + HOUR))
    gone = [each.model_copy(update={"superseded": True}) for each in found[2:]]
    handed = Stream(OWN, NO).add(ApplicationHandedOver(notice=None), SYSTEM, AT + 2 * HOUR)
    timeline = timeline_of(NO, [*found[:2], *gone, of(handed)], AT + DAY)
    assert entry(timeline, "requirement_settled").superseded
    assert timeline.clocks == ()
    assert [s.result for s in timeline.sections if s.kind == "requirement"] == [None]


def test_a_row_that_is_no_event_any_more_is_shown_as_such() -> None:
    row = Kept(
        event_id="e", stream=OWN, position=0, type="whatever", occurred_at=AT, superseded=False, event=None, masked=2,
        erased=1,
    )  # fmt: skip
    (section,) = timeline_of(NO, [row], AT).sections
    (told,) = section.entries
    assert (told.actor, told.said, told.masked, told.erased, told.tone) == (None, (), 2, 1, "plain")


def test_of_nothing_there_is_nothing() -> None:
    timeline = timeline_of(NO, [], AT)
    assert (timeline.sections, timeline.clocks) == ((), ())


def test_the_notice_is_said_whole() -> None:
    notice = Notice(text="请补交：\n1. 户口簿", due=AT.date(), due_provisional=False)
    told = entry(own(received(), admitted(), ApplicationHandedOver(notice=notice)), "application_handed_over")
    assert [(s.label, s.text) for s in told.said] == [("notice", notice.text)]


CLOCK = ClockStarted(
    clock=ClockKind.STATUTORY, working_days=10, started_at=AT, due_at=AT + 14 * DAY, due_provisional=False,
    calendar_version="c",
)  # fmt: skip
STILL = ClockSuspended(
    command=None, clock=ClockKind.STATUTORY, ground=SuspensionGround.EXCLUDED, reason="鉴定", responsible="鉴定机构",
    notice_digest=None,
)  # fmt: skip
RUNS = ClockResumed(command=None, clock=ClockKind.STATUTORY, ground=SuspensionGround.EXCLUDED, due_at=AT + 16 * DAY)
DECIDED = DecisionReported(command=REF, decision="granted", reference="r", decided_at=AT, withheld=False)
MOVED = DueChanged(
    assignment="t", due_at=AT + 20 * DAY, due_provisional=True, calendar_version="c", reason="step_resumed"
)
ALARMS = tuple(RungFired(assignment="t", rung=rung) for rung in (Rung.REMINDER, Rung.BLUE, Rung.RED))
ANNULLED = AlarmAnnulled(command=REF, assignment="t", rung=Rung.RED, reason="系统故障")


@pytest.mark.parametrize(
    ("bodies", "state", "colour"),
    [
        ((CLOCK,), "running", None),
        ((CLOCK, STILL), "held", None),
        ((CLOCK, STILL, RUNS), "running", None),
        ((CLOCK, DECIDED), "kept", None),
        ((opened(),), "overdue", None),
        ((opened(), AssignmentHeld(assignment="t", reason="等鉴定", responsible="鉴定机构")), "held", None),
        ((opened(), MOVED), "running", None),
        ((opened(), *ALARMS), "overdue", "red"),
        ((opened(), *ALARMS, ANNULLED), "overdue", "blue"),
        ((opened(), ALARMS[0]), "overdue", None),
        ((opened(), closed()), "kept", None),
    ],
)  # fmt: skip
def test_how_a_clock_ran(bodies: tuple[EventBody, ...], state: str, colour: str | None) -> None:
    (row,) = own(received(), admitted(), *bodies).clocks
    assert (row.state, row.colour) == (state, colour)


def test_a_task_that_was_closed_after_it_was_due_is_late() -> None:
    found = kept((OWN, received(), AT), (OWN, opened(), AT), (OWN, closed(), AT + 3 * DAY))
    (row,) = timeline_of(NO, found, AT + 9 * DAY).clocks
    assert (row.state, row.ended_at, row.how) == ("late", AT + 3 * DAY, "done")
    assert entry(timeline_of(NO, found, AT), "assignment_closed").took is not None


def test_a_task_that_is_opened_again_is_a_clock_of_its_own() -> None:
    found = kept((OWN, opened(), AT), (OWN, closed(), AT + HOUR), (OWN, opened(), AT + 2 * HOUR))
    assert [row.state for row in timeline_of(NO, found, AT + 3 * HOUR).clocks] == ["kept", "running"]
