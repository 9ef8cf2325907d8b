"""Who may do what in an 灵活处置, and when: every refusal, by the pure checks alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from schemas.application import Act, Actor, CommandRef, command_ref
from schemas.assignment import AssignmentOpened, Step
from schemas.case_commands import CaseCommand, DispositionProposal
from schemas.catalogue import Body
from schemas.codes import ActorKind, BodyRole
from schemas.consultation import OpinionReport
from schemas.disposition import DispositionStart, DispositionState, apply, is_news, opening
from schemas.disposition_acts import (
    check_conclude,
    check_condition,
    check_decide,
    check_facts,
    check_inquiry,
    check_recusal,
    check_return,
    concluded,
    decided,
    not_for_opinions,
    recused,
    returned,
    supplied,
)
from schemas.disposition_commands import (
    Conclude,
    DecideDisposition,
    MeetCondition,
    RecordInquiry,
    ReturnProposal,
    SupplyFacts,
)
from schemas.disposition_events import ConditionLapsed, OpinionHeard
from schemas.disposition_reports import asking, consultation_start, question, report_of, stage_of
from schemas.errors import FieldError
from schemas.events import Event, EventBody, make_event_id
from schemas.recusal import Apart, InternalUnit, Recuse
from schemas.request_events import NewsHeard
from schemas.stream import ImpossibleEvent
from tests.schemas.builders import NOW, SYSTEM
from tests.workflows import starts
from tests.workflows.fakes import CALENDAR
from tests.workflows.long_world import COMMITTEE, DECIDING, HEALTH, JUSTICE, REFORM, policy

NO = "T-1"
UNIT = "window_unit"
BODIES = {
    role.value: Body(role=role, name=role.value, uscc=uscc, provenance="synthetic")
    for role, uscc in ((BodyRole.COMMITTEE, COMMITTEE), (BodyRole.REFORM, REFORM), (BodyRole.JUSTICE, JUSTICE))
}


def starting(department: str = DECIDING, round_: int = 1, **over: Any) -> DispositionStart:
    said = {
        "cause": "out_of_province",
        "materiality": "甲" * 900,
        "relation": "乙" * 900,
        "risk": "丙",
        "proposed": "exempted",
        "legal_basis": "示例依据",
        **over,
    }
    return DispositionStart.model_validate(
        starts.fields("disposition", NO, policy(), CALENDAR, department=department, round=round_)
        | {
            "proposal": DispositionProposal.model_validate(said),
            "unit": UNIT,
            "proposed_by": Actor(kind=ActorKind.CLERK, actor_id="proposer", department=department),
            "bodies": BODIES,
        }
    )


class Stream:
    """A stream that is written by hand: every body becomes the next event."""

    def __init__(self, start: DispositionStart) -> None:
        self.start = start
        self.events: list[Event] = []
        self._state: DispositionState | None = None
        self.add(opening(start))

    @property
    def state(self) -> DispositionState:
        assert self._state is not None
        return self._state

    def add(self, *bodies: EventBody) -> Stream:
        for body in bodies:
            previous = self.events[-1].event_id if self.events else None
            event = Event(
                event_id=make_event_id(self.start.stream, len(self.events), previous, NOW),
                stream=self.start.stream,
                application_no=NO,
                sequence=len(self.events),
                previous_id=previous,
                occurred_at=NOW,
                actor=SYSTEM,
                body=body,
            )
            self._state = apply(self._state, event)
            self.events.append(event)
        return self

    def ask(self) -> Stream:
        return self.add(*(asking(self.start, self.state, department) for department in self.state.unasked))

    def hear(self, department: str, verdict: str = "agree", **over: Any) -> Stream:
        stream = next(c.stream for c in reversed(self.state.consultations) if c.department == department)
        return self.add(OpinionHeard(report=report(stream, department, verdict, **over)))


def report(stream: str, department: str, verdict: str = "agree", sequence: int = 4, **over: Any) -> OpinionReport:
    fields = ("reason", "conditions", "document_digest", "unit", "person")
    values = dict.fromkeys(fields) | {"recusals": (), "late": False, "stage": "disposition"}
    said = {"stream": stream, "department": department, "verdict": verdict, "sequence": sequence}
    return OpinionReport.model_validate(values | said | over)


def consulted(department: str = DECIDING, **proposal: Any) -> Stream:
    return Stream(starting(department, **proposal)).ask().hear(REFORM).hear(JUSTICE, person="j-1", unit="law_unit")


def member(number: int = 1, department: str = COMMITTEE, kind: ActorKind = ActorKind.COMMITTEE) -> Actor:
    return Actor(kind=kind, actor_id=f"member-{number}", department=department)


def staff(name: str = "head", department: str = DECIDING, kind: ActorKind = ActorKind.CLERK) -> Actor:
    return Actor(kind=kind, actor_id=name, department=department)


def conclude(actor: Actor | None = None, unit: str = "review_unit", outcome: str = "exempted", **over: Any) -> Conclude:
    said = {"outcome": outcome, "reasons": "理由", "legal_basis": "依据", "effective_from": date(2026, 3, 2)}
    conclusion = said | {"precedent": "p-1"} | over
    return Conclude.model_validate(
        {"command_id": "c-1", "actor": actor or member(), "unit": unit, "conclusion": conclusion}
    )


def decide(actor: Actor | None = None, outcome: str = "exempted", **over: Any) -> DecideDisposition:
    disposal = {"outcome": outcome, "reasons": "理由", "legal_basis": "依据"} | over
    return DecideDisposition.model_validate({"command_id": "d-1", "actor": actor or staff(), "disposal": disposal})


def facts(actor: Actor | None = None, unit: str = UNIT) -> SupplyFacts:
    return SupplyFacts(command_id="f-1", actor=actor or staff("proposer"), unit=unit, facts="补充")


def back(actor: Actor | None = None, unit: str = "review_unit", again: tuple[str, ...] = ()) -> ReturnProposal:
    return ReturnProposal(command_id="r-1", actor=actor or member(), unit=unit, questions="请补充", consult_again=again)


def stepping_aside(actor: Actor) -> Recuse:
    return Recuse(command_id="x-1", actor=actor, reason="有利害关系")


def ref(act: Act, command: CaseCommand) -> CommandRef:
    return command_ref(act, command)


def is_concluded(stream: Stream, **over: Any) -> Stream:
    act = conclude(**over)
    return stream.add(concluded(stream.start, stream.state, act, ref(Act.CONCLUDE, act)))


def is_decided(stream: Stream, **over: Any) -> Stream:
    act = decide(**over)
    return stream.add(decided(stream.start, stream.state, act, ref(Act.DECIDE_DISPOSITION, act)))


def is_returned(stream: Stream, again: tuple[str, ...] = ()) -> Stream:
    act = back(again=again)
    return stream.add(returned(stream.start, stream.state, act, ref(Act.RETURN_PROPOSAL, act)))


def is_supplied(stream: Stream, actor: Actor | None = None) -> Stream:
    act = facts(actor)
    return stream.add(supplied(stream.start, stream.state, act, ref(Act.SUPPLY_FACTS, act)))


def is_recused(stream: Stream, actor: Actor) -> Stream:
    act = stepping_aside(actor)
    return stream.add(recused(stream.start, stream.state, act, ref(Act.RECUSE, act)))


def called_off(stream: Stream, news: str = "settled_otherwise") -> Stream:
    return stream.add(NewsHeard.model_validate({"application_no": NO, "requirement": "need/p1", "news": news}))


def codes(errors: tuple[FieldError, ...]) -> list[str]:
    return [e.code for e in errors]


CONCLUDING: dict[str, tuple[Callable[[], Stream], Conclude]] = {
    "committee_only:clerk": (consulted, conclude(member(kind=ActorKind.CLERK))),
    "committee_only:another": (consulted, conclude(member(department=JUSTICE))),
    "not_consulted_yet:unasked": (lambda: Stream(starting()), conclude()),
    "not_consulted_yet:asked": (lambda: Stream(starting()).ask(), conclude()),
    "not_consulted_yet:reform_only": (lambda: Stream(starting()).ask().hear(REFORM), conclude()),
    "not_consulted_yet:justice_only": (lambda: Stream(starting()).ask().hear(JUSTICE), conclude()),
    "same_person:proposer": (consulted, conclude(staff("proposer", COMMITTEE, ActorKind.COMMITTEE))),
    "same_person:consulted": (consulted, conclude(staff("j-1", COMMITTEE, ActorKind.COMMITTEE))),
    "same_unit:proposer": (lambda: consulted(COMMITTEE), conclude(unit=UNIT)),
    "recused_person": (lambda: is_recused(consulted(), member()), conclude()),
    "facts_awaited": (lambda: is_returned(consulted()), conclude()),
    "already_concluded": (lambda: is_concluded(consulted()), conclude(member(2))),
    "disposition_ended": (lambda: called_off(consulted()), conclude()),
    "substitute_missing": (consulted, conclude(outcome="substituted")),
    "condition_missing": (consulted, conclude(outcome="conditional", condition="补交")),
    "ends_before_it_begins": (consulted, conclude(effective_until=date(2026, 3, 1))),
}


@pytest.mark.parametrize("case", CONCLUDING)
def test_what_keeps_the_committee_from_concluding(case: str) -> None:
    made, act = CONCLUDING[case]
    stream = made()
    assert codes(check_conclude(stream.start, stream.state, act)) == [case.partition(":")[0]]


def test_the_committee_concludes_when_both_were_heard_or_had_their_time() -> None:
    heard = consulted()
    assert check_conclude(heard.start, heard.state, conclude()) == ()
    silent = Stream(starting()).ask().hear(REFORM, "unanswered").hear(JUSTICE, "unanswered")
    assert check_conclude(silent.start, silent.state, conclude()) == ()
    others = Stream(starting(consulted=(HEALTH,))).ask().hear(REFORM).hear(JUSTICE)
    assert check_conclude(others.start, others.state, conclude()) == (), "the others need not be waited for"


def test_who_is_named_again_is_waited_for_again() -> None:
    stream = is_supplied(is_returned(consulted(), again=(JUSTICE, COMMITTEE)))
    assert stream.state.unasked == (JUSTICE,)
    assert codes(check_conclude(stream.start, stream.state, conclude(member(2)))) == ["not_consulted_yet"]
    stream.ask()
    assert codes(check_conclude(stream.start, stream.state, conclude(member(2)))) == ["not_consulted_yet"]
    stream.hear(JUSTICE)
    assert check_conclude(stream.start, stream.state, conclude(member(2))) == ()


DECIDING_CASES: dict[str, tuple[Callable[[], Stream], DecideDisposition]] = {
    "deciding_department_only:another": (lambda: is_concluded(consulted()), decide(staff(department=JUSTICE))),
    "deciding_department_only:kind": (lambda: is_concluded(consulted()), decide(staff(kind=ActorKind.BUSINESS_SYSTEM))),
    "proposer_never_decides:proposer": (lambda: is_concluded(consulted()), decide(staff("proposer"))),
    "proposer_never_decides:facts": (
        lambda: is_concluded(is_supplied(is_returned(consulted()), staff("helper"))),
        decide(staff("helper")),
    ),
    "same_person:consulted": (lambda: is_concluded(consulted()), decide(staff("j-1"))),
    "same_person:concluding": (lambda: is_concluded(consulted()), decide(staff("member-1"))),
    "recused_person": (lambda: is_concluded(is_recused(consulted(), staff())), decide()),
    "not_concluded_yet": (consulted, decide()),
    "already_decided": (lambda: is_decided(is_concluded(consulted())), decide(staff("other"))),
    "disposition_ended": (lambda: called_off(is_concluded(consulted()), "decided"), decide()),
    "substitute_missing": (lambda: is_concluded(consulted()), decide(outcome="substituted")),
    "condition_missing": (lambda: is_concluded(consulted()), decide(outcome="conditional", condition_days=3)),
}


@pytest.mark.parametrize("case", DECIDING_CASES)
def test_what_keeps_the_department_from_deciding(case: str) -> None:
    made, act = DECIDING_CASES[case]
    stream = made()
    assert codes(check_decide(stream.start, stream.state, act)) == [case.partition(":")[0]]


def test_facts_are_supplied_by_the_department_and_only_when_asked_for() -> None:
    stream = consulted()
    assert codes(check_facts(stream.start, stream.state, facts())) == ["no_facts_asked"]
    is_returned(stream)
    assert codes(check_facts(stream.start, stream.state, facts(staff(department=HEALTH)))) == [
        "deciding_department_only"
    ]
    assert codes(check_facts(stream.start, stream.state, facts(staff("j-1")))) == ["same_person"]
    assert check_facts(stream.start, stream.state, facts()) == ()
    own = is_returned(consulted(JUSTICE))
    assert codes(check_facts(own.start, own.state, facts(staff(department=JUSTICE), "law_unit"))) == ["same_unit"]


def test_more_facts_are_asked_for_once_at_a_time() -> None:
    stream = Stream(starting())
    assert check_return(stream.start, stream.state, back()) == (), "at any time before the conclusion"
    assert codes(check_return(stream.start, is_returned(stream).state, back())) == ["facts_awaited"]


def test_recusal() -> None:
    stream = consulted()
    assert check_recusal(stream.start, stream.state, stepping_aside(member())) == ()
    assert codes(check_recusal(stream.start, stream.state, stepping_aside(staff(department=HEALTH)))) == [
        "no_part_in_it"
    ]
    is_recused(stream, member(3))
    assert codes(check_recusal(stream.start, stream.state, stepping_aside(member(3)))) == ["recused_already"]
    is_concluded(stream)
    assert codes(check_recusal(stream.start, stream.state, stepping_aside(member()))) == ["part_is_done"]
    assert check_recusal(stream.start, stream.state, stepping_aside(staff())) == ()
    is_decided(stream)
    assert codes(check_recusal(stream.start, stream.state, stepping_aside(staff("late")))) == ["part_is_done"]


def test_a_finding_and_a_condition_count_only_where_they_were_decided() -> None:
    stream = is_decided(is_concluded(consulted()))
    finding = RecordInquiry(command_id="i-1", actor=staff("other"), established=True, finding="属实")
    meeting = MeetCondition(command_id="m-1", actor=staff("other"), finding="已补交")
    assert codes(check_inquiry(stream.start, stream.state, finding)) == ["no_inquiry"]
    assert codes(check_condition(stream.start, stream.state, meeting)) == ["no_condition"]
    own = is_decided(is_concluded(consulted()), outcome="own_inquiry")
    assert check_inquiry(own.start, own.state, finding) == ()
    mine = finding.model_copy(update={"actor": staff("proposer")})
    assert codes(check_inquiry(own.start, own.state, mine)) == ["proposer_never_decides"]


def test_a_condition_lapses_but_not_by_the_decision_of_the_case() -> None:
    terms = {"outcome": "conditional", "condition": "补交", "condition_days": 5}
    stream = is_decided(is_concluded(consulted(), **terms), **terms)
    stream.add(
        AssignmentOpened.model_validate(
            {
                "assignment": "condition",
                "step": Step.CONDITION,
                "requirement": "need/p1",
                "assignee": {"responsible": "department", "name": "某局"},
                "task": "跟踪",
                "then": "失效",
                "working_days": 5,
                "due_at": NOW,
                "due_provisional": False,
                "calendar_version": "test",
                "ends_at": NOW,
            }
        )
    )
    called_off(stream, "decided")
    meeting = MeetCondition(command_id="m-1", actor=staff(), finding="已补交")
    assert check_condition(stream.start, stream.state, meeting) == ()
    said = report_of(stream.start, stream.state)
    assert said is not None and (said.kind.value, said.detail) == ("provisional", "conditional")
    stream.add(ConditionLapsed())
    later = report_of(stream.start, stream.state)
    assert later is not None and (later.kind.value, later.detail) == ("reversed", "condition_lapsed")
    assert later.sequence > said.sequence


@pytest.mark.parametrize(
    ("outcome", "want"),
    [
        ({"outcome": "exempted"}, ("settled", "exempted")),
        ({"outcome": "substituted", "substitute": "登记簿册"}, ("settled", "substituted")),
        ({"outcome": "not_exempted"}, ("failed", "not_exempted")),
        ({"outcome": "own_inquiry"}, None),
    ],
)
def test_what_the_case_is_told(outcome: dict[str, Any], want: tuple[str, str] | None) -> None:
    stream = is_decided(is_concluded(consulted()), **outcome)
    said = report_of(stream.start, stream.state)
    assert (said and (said.kind.value, said.detail)) == want
    if "substitute" in outcome:
        assert said is not None and "登记簿册" in said.basis


def test_the_question_fits_the_platform_and_keeps_the_sides_apart() -> None:
    stream = is_recused(Stream(starting(JUSTICE, consulted=(HEALTH, HEALTH, REFORM))), member(9))
    assert stream.state.unasked == (REFORM, JUSTICE, HEALTH)
    asked = consultation_start(stream.start, stream.state, asking(stream.start, stream.state, JUSTICE))
    assert asked.apart == Apart(persons=("proposer", "member-9"), units=(InternalUnit(department=JUSTICE, unit=UNIT),))
    assert (asked.asker, asked.report_to) == (COMMITTEE, stream.start.stream)
    assert len(question(stream.start)) == 1000
    assert not_for_opinions(is_returned(stream).state).units[1] == InternalUnit(
        department=COMMITTEE, unit="review_unit"
    )


def test_stages_never_meet() -> None:
    second = starting(round_=2)
    stages = [stage_of(start, n, JUSTICE) for start in (starting(), second) for n in (1, 2)]
    assert stages[0] == f"disposition-need-p1-1-{JUSTICE}" and len(set(stages)) == 4


def test_reports_are_heard_once_and_only_of_consultations_of_ours() -> None:
    stream = Stream(starting()).ask()
    known = stream.state.consultations[0]
    assert is_news(stream.state, report(known.stream, known.department))
    assert not is_news(stream.state, report("consultation/T-1/other", known.department))
    stream.hear(known.department, "unanswered", sequence=4)
    assert not is_news(stream.state, report(known.stream, known.department, sequence=4))
    assert is_news(stream.state, report(known.stream, known.department, sequence=7))


def test_the_fold_knows_no_conclusion_before_the_opinions() -> None:
    stream = Stream(starting()).ask().hear(REFORM)
    with pytest.raises(ImpossibleEvent):
        is_concluded(stream)
    with pytest.raises(ImpossibleEvent):
        is_decided(consulted())
