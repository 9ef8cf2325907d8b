from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from schemas.acts import act_error, check_actor, check_open, check_volunteered
from schemas.application import Act, Actor, Notice, Volunteered, VolunteerEvidence, Withdraw, command_ref
from schemas.case import Case, ImpossibleEvent, RequirementStanding, Stage, apply, fold
from schemas.codes import ActorKind, Route
from schemas.errors import FieldError
from schemas.events import (
    ActRefused,
    ApplicationCancelled,
    ApplicationHandedOver,
    ApplicationRefused,
    ApplicationWithdrawn,
    AttemptClosed,
    CaseBody,
    Event,
    EventBody,
    EvidenceVolunteered,
    UnlistedEvidenceQueried,
    make_event_id,
    received,
)
from schemas.evidence import OutcomeKind
from schemas.stream import AnsweredCommand
from schemas.texts import zh
from tests.schemas.builders import (
    DIGEST,
    DOCUMENT,
    HOUSING,
    JUSTICE,
    NOW,
    POLICE,
    admitted,
    attempt,
    command,
    finding,
    folded,
    not_exempted,
    open_case,
    party,
    request,
    requirement,
    rules,
    settled,
    source,
    spouse,
    stream,
    volunteered,
)

RULES = rules(requirement("need", "marriage"), requirement("paper", "form"), requirement("clean", "no_crime"))
ASKED = request(party(facts={"town": "浔中"}), spouse())
ERROR = FieldError(field="evidence.requirement_code", code="already_settled", message="已经免提交")
NOTICE = Notice(text="请补齐", due=date(2026, 3, 9), due_provisional=False)
C1, C2, C3 = command("c-1", Act.VOLUNTEER_EVIDENCE), command("c-2"), command("c-3")
RECEIVED, ADMITTED = received(ASKED, NOW), admitted(ASKED, RULES)
TRIED = attempt(OutcomeKind.HIT, source())
CLOSED = AttemptClosed(
    requirement="need/p1",
    evidence="marriage",
    route=Route.ELICENCE,
    platform=source().platform,
    round=1,
    asked_at=NOW,
    reason="settled_otherwise",
)
VOLUNTEERED = EvidenceVolunteered(command=C1, requirement="need/p1", given=volunteered())
SPENT = not_exempted("need/p1", finding(Route.ELICENCE, "tried_no_record"))
QUERIED = UnlistedEvidenceQueried(requirement="clean/p1", evidence="no_crime")
WITHDRAWN = ApplicationWithdrawn(command=C2, reason="不办了")
CANCELLED = ApplicationCancelled(reason="演练")
REFUSED = ApplicationRefused(errors=(ERROR,))
ACT_REFUSED = ActRefused(command=C3, act=Act.WITHDRAW, errors=(ERROR,))
HANDED_OVER = ApplicationHandedOver(notice=NOTICE)
STRAY = attempt(OutcomeKind.HIT, source(), requirement="x/p1")
BODIES: tuple[EventBody, ...] = (
    RECEIVED,
    REFUSED,
    ADMITTED,
    TRIED,
    CLOSED,
    VOLUNTEERED,
    settled(),
    SPENT,
    QUERIED,
    WITHDRAWN,
    CANCELLED,
    ACT_REFUSED,
    HANDED_OVER,
)


def named(body: EventBody) -> str:
    return str(body.type)


# --- events ----------------------------------------------------------------------------------------------------------


def kinds(union: object) -> list[type[BaseModel]]:
    """The models of a union, however nested."""
    parts = get_args(union)
    return [kind for part in parts for kind in kinds(part)] if parts else [union]  # type: ignore[list-item]


def test_every_kind_of_event_of_sharing_is_tried_here_and_every_event_has_a_text() -> None:
    assert {type(body) for body in BODIES} == {*kinds(CaseBody), ActRefused}
    names = [kind.model_fields["type"].default for kind in kinds(get_args(EventBody)[0])]
    assert len(names) == len(set(names)), "the name of an event is its own"
    assert set(names) == set(zh.EVENTS)
    assert {stage.value for stage in Stage} == set(zh.STAGES)
    assert {standing.value for standing in RequirementStanding} == set(zh.STANDINGS)


@pytest.mark.parametrize("body", BODIES, ids=named)
def test_events_survive_json(body: EventBody) -> None:
    (event,) = stream(body)
    again = Event.model_validate_json(event.model_dump_json())
    assert again == event
    assert type(again.body) is type(body)
    assert again.model_dump_json() == event.model_dump_json()


def test_an_event_of_no_known_kind_is_refused() -> None:
    raw = stream(WITHDRAWN)[0].model_dump(mode="json")
    raw["body"]["type"] = "application_forgotten"
    with pytest.raises(ValidationError):
        Event.model_validate(raw)


def test_the_first_event_keeps_the_earlier_time_of_receipt() -> None:
    earlier = NOW - timedelta(days=1)
    assert received(request(received_at=earlier), NOW).received_at == earlier
    assert received(request(), NOW).received_at == NOW
    assert received(ASKED, NOW).party_ids == ("p1", "p2")


PREVIOUS = UUID("0195d7c0-0000-7000-8000-000000000001")


def test_an_event_id_is_a_uuid_of_version_7_and_carries_the_millisecond() -> None:
    made = make_event_id("application/1", 3, PREVIOUS, NOW)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int(NOW.timestamp() * 1000)


def test_the_bits_that_are_not_time_differ_from_place_to_place() -> None:
    ids = [make_event_id("application/1", sequence, PREVIOUS, NOW).int for sequence in range(50)]
    assert len({(value >> 64) & 0xFFF for value in ids}) > 40
    assert len({value & ((1 << 62) - 1) for value in ids}) == 50


def test_the_same_place_and_time_give_the_same_id() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=8)))
    made = make_event_id("application/1", 3, PREVIOUS, NOW)
    assert made == make_event_id("application/1", 3, PREVIOUS, elsewhere)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(("application/2", 3, PREVIOUS, NOW), id="stream"),
        pytest.param(("application/1", 4, PREVIOUS, NOW), id="sequence"),
        pytest.param(("application/1", 3, uuid4(), NOW), id="previous id, as after a reset"),
        pytest.param(("application/1", 3, None, NOW), id="no previous id"),
        pytest.param(("application/1", 3, PREVIOUS, NOW + timedelta(microseconds=1)), id="a microsecond later"),
    ],
)
def test_anything_else_gives_another_id(other: tuple[str, int, UUID | None, datetime]) -> None:
    assert make_event_id("application/1", 3, PREVIOUS, NOW) != make_event_id(*other)


TIMES = st.integers(0, 7 * 10**15).map(lambda us: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))


@given(TIMES, TIMES, st.integers(0, 10_000))
def test_ids_sort_by_time(one: datetime, other: datetime, sequence: int) -> None:
    first, second = sorted((one, other))
    ids = [make_event_id("application/1", sequence, None, at) for at in (first, second)]
    assert all(made.version == 7 and made.variant == "specified in RFC 4122" for made in ids)
    if second - first >= timedelta(milliseconds=1):
        assert ids[0] < ids[1]


# --- the fold --------------------------------------------------------------------------------------------------------


def state(case: Case, key: str = "need/p1") -> str:
    return case.requirements[key].standing.value


def test_nothing_folds_to_nothing() -> None:
    assert fold(()) is None


def test_receipt_opens_the_case() -> None:
    case = folded(RECEIVED)
    assert (case.stage, case.sequence, case.received_at, case.mode) == (Stage.RECEIVED, 0, NOW, ASKED.mode)
    assert not case.ended


def test_refusal_ends_it() -> None:
    case = folded(RECEIVED, REFUSED)
    assert (case.stage, case.ended) == (Stage.REFUSED, True)


def test_admission_pins_the_catalogue_and_raises_the_requirements() -> None:
    case = folded(RECEIVED, ADMITTED)
    assert case.stage is Stage.ESTABLISHING
    assert case.catalogue == RULES.ref
    assert [(p.party_id, p.role) for p in case.parties] == [("p1", "applicant"), ("p2", "spouse")]
    assert {key: r.standing.value for key, r in case.requirements.items()} == {
        "need/p1": "open",
        "paper/p1": "applicant_made",
        "clean/p1": "open",
    }
    assert case.open_requirements() == ("need/p1", "clean/p1")
    assert (case.notice_due, case.notice_due_provisional) == (date(2026, 3, 9), False)


def test_the_state_holds_no_personal_value() -> None:
    text = folded(RECEIVED, ADMITTED, TRIED).model_dump_json()
    for value in (*(p.name for p in ASKED.parties), *(p.id_number for p in ASKED.parties), "浔中", "J350526"):
        assert value not in text


def test_an_attempt_is_remembered() -> None:
    (remembered,) = folded(RECEIVED, ADMITTED, TRIED).requirements["need/p1"].attempts
    assert (remembered.route, remembered.kind, remembered.round) == (Route.ELICENCE, OutcomeKind.HIT, 1)
    assert (remembered.platform, remembered.resource_code) == (TRIED.platform, TRIED.resource_code)
    assert remembered.asked_at == NOW


def test_a_closed_question_changes_nothing_but_the_sequence() -> None:
    before = folded(RECEIVED, ADMITTED)
    assert folded(RECEIVED, ADMITTED, CLOSED) == before.model_copy(update={"sequence": 2})


def test_settling_closes_with_ground_and_digest() -> None:
    case = folded(RECEIVED, ADMITTED, TRIED, settled(findings=(finding(Route.ABOLISHED, "no_cancelling_act"),)))
    closed = case.requirements["need/p1"]
    assert (state(case), closed.ground, closed.settled_by) == ("settled", "elicence", "marriage")
    assert closed.evidence_digest == DIGEST
    assert [f.reason for f in closed.findings] == ["no_cancelling_act"]
    assert case.open_requirements() == ("clean/p1",)


def test_not_exempted_and_queried_close_too() -> None:
    case = folded(RECEIVED, ADMITTED, SPENT, QUERIED)
    assert (state(case), state(case, "clean/p1")) == ("not_exempted", "queried")
    assert case.open_requirements() == ()


def test_volunteered_evidence_may_still_close_what_was_not_exempted() -> None:
    taken = settled(ground="volunteered", basis="五(一)", evidence_digest=DOCUMENT)
    case = folded(RECEIVED, ADMITTED, SPENT, VOLUNTEERED, taken)
    assert (state(case), case.requirements["need/p1"].ground) == ("settled", "volunteered")
    assert case.commands == {"c-1": AnsweredCommand(command=C1)}


def test_acts_are_remembered_by_their_id() -> None:
    case = folded(RECEIVED, ADMITTED, ACT_REFUSED, VOLUNTEERED, WITHDRAWN)
    assert case.commands == {
        "c-3": AnsweredCommand(command=C3, errors=(ERROR,)),
        "c-1": AnsweredCommand(command=C1),
        "c-2": AnsweredCommand(command=C2),
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(EvidenceVolunteered(command=None, requirement="need/p1", given=volunteered()), id="taken in"),
        pytest.param(ActRefused(command=None, act=Act.VOLUNTEER_EVIDENCE, errors=(ERROR,)), id="handed back"),
    ],
)
def test_what_came_with_the_application_answers_no_command(body: EventBody) -> None:
    before = folded(RECEIVED, ADMITTED)
    assert folded(RECEIVED, ADMITTED, body) == before.model_copy(update={"sequence": 2})
    assert before.commands == {}


@pytest.mark.parametrize(
    ("ending", "stage"), [(WITHDRAWN, Stage.WITHDRAWN), (CANCELLED, Stage.CANCELLED)], ids=["w", "c"]
)
@pytest.mark.parametrize("before", [(RECEIVED,), (RECEIVED, ADMITTED)], ids=["received", "admitted"])
def test_withdrawal_and_cancellation_end_it_at_any_stage(
    before: tuple[EventBody, ...], ending: EventBody, stage: Stage
) -> None:
    case = folded(*before, ending)
    assert (case.stage, case.ended) == (stage, True)


def test_hand_over_keeps_the_notice() -> None:
    case = folded(RECEIVED, ADMITTED, SPENT, QUERIED, HANDED_OVER)
    assert (case.stage, case.notice, case.ended) == (Stage.HANDED_OVER, NOTICE, True)


ENDINGS: dict[str, tuple[EventBody, ...]] = {
    "refused": (RECEIVED, REFUSED),
    "withdrawn": (RECEIVED, ADMITTED, WITHDRAWN),
    "cancelled": (RECEIVED, ADMITTED, CANCELLED),
    "handed over": (RECEIVED, ADMITTED, SPENT, QUERIED, HANDED_OVER),
}


@pytest.mark.parametrize("ended", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("body", BODIES, ids=named)
def test_after_the_end_only_refused_acts_are_recorded(ended: tuple[EventBody, ...], body: EventBody) -> None:
    if body is ACT_REFUSED:
        assert folded(*ended, body).stage is folded(*ended).stage
    else:
        with pytest.raises(ImpossibleEvent):
            folded(*ended, body)


@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param((ADMITTED,), id="begins with an admission"),
        pytest.param((RECEIVED, RECEIVED), id="received twice"),
        pytest.param((RECEIVED, ADMITTED, ADMITTED), id="admitted twice"),
        pytest.param((RECEIVED, ADMITTED, REFUSED), id="refused after admission"),
        pytest.param((RECEIVED, TRIED), id="asked before admission"),
        pytest.param((RECEIVED, settled()), id="settled before admission"),
        pytest.param((RECEIVED, HANDED_OVER), id="handed over before admission"),
        pytest.param((RECEIVED, ADMITTED, HANDED_OVER), id="handed over with open requirements"),
        pytest.param((RECEIVED, ADMITTED, settled(), settled()), id="settled twice"),
        pytest.param((RECEIVED, ADMITTED, settled(), SPENT), id="settled, then not exempted"),
        pytest.param((RECEIVED, ADMITTED, SPENT, settled()), id="not exempted, then shared"),
        pytest.param((RECEIVED, ADMITTED, SPENT, SPENT), id="not exempted twice"),
        pytest.param(
            (RECEIVED, ADMITTED, QUERIED, settled("clean/p1", ground="volunteered")), id="queried, then given"
        ),
        pytest.param((RECEIVED, ADMITTED, settled("paper/p1", "form")), id="applicant-made settled"),
        pytest.param((RECEIVED, ADMITTED, settled("nothing/p1")), id="no such requirement"),
        pytest.param(
            (RECEIVED, ADMITTED, attempt(OutcomeKind.HIT, source(), requirement="x/p1")), id="asked for nothing"
        ),
    ],
)
def test_impossible_events(bodies: tuple[EventBody, ...]) -> None:
    with pytest.raises(ImpossibleEvent):
        folded(*bodies)


def test_gaps_repetitions_and_strangers_are_impossible() -> None:
    first, second, third = stream(RECEIVED, ADMITTED, TRIED)
    for events in ((first, third), (first, second, second), (second,), (first, second, first)):
        with pytest.raises(ImpossibleEvent):
            fold(events)
    stranger = stream(RECEIVED, ADMITTED, application_no="QZ-2")[1]
    with pytest.raises(ImpossibleEvent, match="QZ-2"):
        fold((first, stranger))


def test_the_fold_is_pure() -> None:
    other = SPENT.model_copy(update={"requirement": "clean/p1"})
    events = stream(
        RECEIVED,
        ADMITTED,
        TRIED,
        settled(),
        ACT_REFUSED,
        VOLUNTEERED,
        other,
    )
    texts = [event.model_dump_json() for event in events]
    case: Case | None = None
    for count, event in enumerate(events, start=1):
        before = case.model_dump_json() if case else None
        after = apply(case, event)
        assert (case.model_dump_json() if case else None) == before
        assert after == fold(events[:count]) == apply(case, event)
        case = after
    assert [event.model_dump_json() for event in events] == texts
    again = fold(tuple(Event.model_validate_json(text) for text in texts))
    assert again == case
    assert again is not None
    assert Case.model_validate_json(again.model_dump_json()) == again


# --- acts ------------------------------------------------------------------------------------------------------------

ANY_OF = rules(
    requirement("need", "no_crime@village", "marriage"), requirement("paper", "form"), requirement("odd", "odd_proof")
)
OPEN = open_case(ANY_OF)


@pytest.mark.parametrize(
    ("case", "given_", "code"),
    [
        pytest.param(OPEN, volunteered(), None, id="an open requirement"),
        pytest.param(apply(OPEN, stream(*[WITHDRAWN] * 3)[2]), volunteered(), "case_ended", id="case ended"),
        pytest.param(OPEN, volunteered("nothing"), "unknown_requirement", id="no such requirement"),
        pytest.param(OPEN, volunteered(party_id="p2"), "unknown_requirement", id="not of this party"),
        pytest.param(OPEN, volunteered("paper", "form"), "applicant_made", id="applicant-made"),
        pytest.param(OPEN, volunteered(evidence="household"), "wrong_evidence", id="another kind"),
        pytest.param(OPEN, volunteered(evidence="no_crime"), "not_asked", id="a cancelled alternative"),
        pytest.param(open_case(ANY_OF, settled()), volunteered(), "already_settled", id="settled"),
        pytest.param(open_case(ANY_OF, not_exempted()), volunteered(), None, id="not exempted"),
        pytest.param(
            open_case(ANY_OF, UnlistedEvidenceQueried(requirement="odd/p1", evidence="odd_proof")),
            volunteered("odd", "odd_proof"),
            "not_asked",
            id="queried",
        ),
    ],
)
def test_volunteered_evidence_is_taken_or_handed_back_with_a_reason(case: Case, given_: Any, code: str | None) -> None:
    errors = check_volunteered(case, ANY_OF, given_)
    assert [e.code for e in errors] == ([] if code is None else [code])
    assert all(e.message == zh.ACT_ERRORS[e.code] for e in errors)


def test_acts_on_an_ended_case_are_refused() -> None:
    assert check_open(OPEN) == ()
    assert [e.code for e in check_open(folded(RECEIVED, ADMITTED, WITHDRAWN))] == ["case_ended"]


def by(kind: ActorKind, department: str | None = None, actor_id: str = "someone-1") -> Actor:
    return Actor(kind=kind, actor_id=actor_id, department=department)


TOOK_IN = by(ActorKind.CLERK, HOUSING)


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        pytest.param(by(ActorKind.CLERK, JUSTICE), None, id="clerk of the deciding department"),
        pytest.param(by(ActorKind.CLERK, HOUSING), None, id="clerk of the department that took it in"),
        pytest.param(by(ActorKind.CLERK, POLICE), ("actor.department", "wrong_department"), id="clerk of a third"),
        pytest.param(by(ActorKind.CLERK), ("actor.department", "wrong_department"), id="clerk of nowhere"),
        pytest.param(by(ActorKind.BUSINESS_SYSTEM, JUSTICE), None, id="system of the deciding department"),
        pytest.param(by(ActorKind.BUSINESS_SYSTEM, HOUSING), None, id="system that took it in"),
        pytest.param(
            by(ActorKind.BUSINESS_SYSTEM, POLICE), ("actor.department", "wrong_department"), id="system of a third"
        ),
        pytest.param(
            by(ActorKind.BUSINESS_SYSTEM), ("actor.department", "wrong_department"), id="system without department"
        ),
        pytest.param(by(ActorKind.APPLICANT), None, id="the applicant"),
        pytest.param(by(ActorKind.APPLICANT, POLICE), None, id="an applicant who works somewhere"),
        pytest.param(by(ActorKind.REPRESENTATIVE), None, id="the representative"),
        pytest.param(by(ActorKind.SYSTEM), ("actor.kind", "wrong_actor"), id="this system itself"),
        pytest.param(by(ActorKind.SYSTEM, JUSTICE), ("actor.kind", "wrong_actor"), id="this system, of the department"),
    ],
)
def test_who_may_act_for_the_applicant(actor: Actor, error: tuple[str, str] | None) -> None:
    errors = check_actor(actor, RULES, TOOK_IN)
    assert [(e.field, e.code) for e in errors] == ([] if error is None else [error])
    assert all(e.message == zh.ACT_ERRORS[e.code] for e in errors)


STAFF = pytest.mark.parametrize("kind", [ActorKind.CLERK, ActorKind.BUSINESS_SYSTEM])
ONLINE = by(ActorKind.APPLICANT)
"""Where the applicant handed it in online, no second department took it in."""


@STAFF
def test_an_application_handed_in_online_is_open_to_the_deciding_department_alone(kind: ActorKind) -> None:
    assert check_actor(by(kind, JUSTICE), RULES, ONLINE) == ()
    assert [e.code for e in check_actor(by(kind, HOUSING), RULES, ONLINE)] == ["wrong_department"]


@STAFF
def test_staff_of_no_department_is_not_of_the_department_of_an_operator_without_one(kind: ActorKind) -> None:
    assert [e.code for e in check_actor(by(kind), RULES, ONLINE)] == ["wrong_department"]


def give(command_id: str = "c-1", actor: Actor = TOOK_IN, given_: Volunteered | None = None) -> VolunteerEvidence:
    return VolunteerEvidence(command_id=command_id, actor=actor, evidence=given_ or volunteered())


def withdraw(command_id: str = "c-1", actor: Actor = TOOK_IN, reason: str = "不办了") -> Withdraw:
    return Withdraw(command_id=command_id, actor=actor, reason=reason)


@pytest.mark.parametrize(
    ("act", "sent"), [(Act.VOLUNTEER_EVIDENCE, give()), (Act.WITHDRAW, withdraw())], ids=lambda v: type(v).__name__
)
def test_the_same_command_sent_again_has_the_same_reference(act: Act, sent: VolunteerEvidence | Withdraw) -> None:
    again = type(sent).model_validate_json(sent.model_dump_json())
    assert command_ref(act, again) == command_ref(act, sent)
    assert (command_ref(act, sent).command_id, command_ref(act, sent).act) == ("c-1", act)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(give(), give(given_=volunteered(evidence="household")), id="other evidence"),
        pytest.param(give(), give(given_=volunteered(party_id="p2")), id="another party"),
        pytest.param(give(), give(actor=by(ActorKind.APPLICANT)), id="another giver"),
        pytest.param(withdraw(), withdraw(reason="改日再来"), id="another reason"),
        pytest.param(withdraw(), withdraw(actor=by(ActorKind.APPLICANT)), id="another who withdraws"),
    ],
)
def test_other_content_under_the_same_id_has_another_digest(
    one: VolunteerEvidence | Withdraw, other: VolunteerEvidence | Withdraw
) -> None:
    first, second = command_ref(Act.WITHDRAW, one), command_ref(Act.WITHDRAW, other)
    assert first.command_id == second.command_id
    assert first.digest != second.digest


def test_another_act_or_another_id_is_another_reference() -> None:
    sent = withdraw()
    assert command_ref(Act.WITHDRAW, sent) != command_ref(Act.VOLUNTEER_EVIDENCE, sent)
    elsewhere = command_ref(Act.WITHDRAW, withdraw("c-9"))
    assert elsewhere != command_ref(Act.WITHDRAW, sent)
    assert elsewhere.digest == command_ref(Act.WITHDRAW, sent).digest, "the id is not part of what was said"


def test_a_reference_tells_nothing_of_what_was_said() -> None:
    text = command_ref(Act.WITHDRAW, withdraw(reason="测试甲不办了")).model_dump_json()
    assert "测试甲" not in text
    assert TOOK_IN.actor_id not in text


@pytest.mark.parametrize("code", sorted(zh.ACT_ERRORS))
def test_an_act_error_speaks_in_the_words_of_its_code(code: str) -> None:
    assert act_error("actor.kind", code) == FieldError(field="actor.kind", code=code, message=zh.ACT_ERRORS[code])


def test_an_act_error_of_no_known_code_is_a_defect() -> None:
    with pytest.raises(KeyError):
        act_error("actor.kind", "no_such_code")


def test_every_act_error_has_a_text() -> None:
    codes = {
        "wrong_actor",
        "wrong_department",
        "command_id_reused",
        "case_ended",
        "unknown_requirement",
        "applicant_made",
        "wrong_evidence",
        "not_asked",
        "already_settled",
    }
    assert codes <= set(zh.ACT_ERRORS)
    assert all(text.strip() for text in zh.ACT_ERRORS.values())
