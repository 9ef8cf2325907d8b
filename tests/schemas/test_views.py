from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from schemas.application import Concern, LedgerPosition, Notice, Party
from schemas.case import Case
from schemas.catalogue import ItemRules
from schemas.codes import CLAUSE_OF_ROUTE, IMPLEMENTATION_OF_ROUTE, Route
from schemas.events import (
    ApplicationCancelled,
    ApplicationHandedOver,
    EventBody,
    RungFinding,
    UnlistedEvidenceQueried,
)
from schemas.evidence import FOR_A_PERSON, OutcomeKind
from schemas.ladder import GiveUp, Query, Settle, climb
from schemas.notice import make_notice
from schemas.texts import zh
from schemas.views import CLAUSE_OF_REASON, explain, result_of, status_of
from tests.schemas.builders import (
    APPLICATION_NO,
    DIGEST,
    DOCUMENT,
    ELDER,
    ITEM,
    NOW,
    PERSON,
    SPOUSE,
    attempt,
    case_policy,
    demand,
    finding,
    not_exempted,
    open_case,
    party,
    request,
    requirement,
    rules,
    settled,
    source,
    spouse,
    subject_ref,
    withdrawn,
)

POSITION = LedgerPosition(stream=f"application/{APPLICATION_NO}", sequence=7, event_id="e", chain_hash="c" * 64)
ASKED = request(party(), spouse(), demands=(demand("前世证明"), demand()))
RULES = rules(
    requirement("need", "marriage", "household"),
    requirement("clean", "no_crime", role="spouse", needed_coverage={"area": "350526"}),
    requirement("bank", "bank_statement"),
    requirement("paper", "form"),
    demands=ASKED.demands,
)
PERSONAL = (PERSON, SPOUSE, "测试甲", "测试乙")


def spent(key: str, evidence: str, reason: str = "not_yet_offered", route: Route = Route.VERIFICATION) -> EventBody:
    return not_exempted(key, finding(route, reason, evidence))


def of(*after: EventBody) -> Case:
    return open_case(RULES, *after, asked=ASKED)


def notice(case: Case, under: ItemRules = RULES) -> Notice:
    made = make_notice(case, under)
    assert made is not None
    return made


# --- the notice ------------------------------------------------------------------------------------------------------

ALL_SPENT = (spent("need/p1", "marriage"), spent("clean/p2", "no_crime"), spent("bank/p1", "bank_statement"))


def test_no_notice_where_nothing_is_lacking() -> None:
    assert make_notice(of(settled("need/p1")), RULES) is None


def test_the_one_notice_lists_everything_by_role() -> None:
    made = notice(of(*ALL_SPENT))
    lines = made.text.splitlines()
    assert lines[1:4] == [
        "1. 申请人的《结婚证》或《户籍证明》",
        "2. 配偶的《无犯罪记录证明》",
        "3. 申请人的《银行存款证明》",
    ]
    assert APPLICATION_NO in lines[0]
    assert "收养登记" in lines[0]
    assert "2026-03-09" in made.text
    assert (made.due, made.due_provisional) == (date(2026, 3, 9), False)
    assert zh.NOTICE_PROVISIONAL not in made.text


def test_the_notice_names_no_person_and_sends_nobody_anywhere() -> None:
    text = notice(of(*ALL_SPENT)).text
    assert not [value for value in (*PERSONAL, subject_ref(1)) if value in text]
    assert "不需前往其他单位" in text
    assert not [unit for unit in ("公安", "民政", "村（居）委", "派出所", "请到", "请前往") if unit in text]


def test_a_provisional_date_says_so() -> None:
    case = of(*ALL_SPENT).model_copy(update={"notice_due_provisional": True})
    assert zh.NOTICE_PROVISIONAL in notice(case).text
    assert notice(case).due_provisional


@pytest.mark.parametrize("kind", FOR_A_PERSON)
@pytest.mark.parametrize("how", ["held_by", "tried"])
def test_what_a_reviewer_holds_is_not_asked_for(kind: OutcomeKind, how: str) -> None:
    held = spent("need/p1", "marriage", f"{how}_{kind.value}")
    both = notice(of(held, spent("bank/p1", "bank_statement"))).text.splitlines()
    assert both[1] == "1. 申请人的《银行存款证明》"
    assert both[-1] == "另有 1 项由主管部门复核，暂不需申请人补交：《结婚证》或《户籍证明》。"
    assert both[0] == zh.NOTICE_HEAD.format(application_no=APPLICATION_NO, item="收养登记")


@pytest.mark.parametrize("kind", FOR_A_PERSON)
@pytest.mark.parametrize("how", ["held_by", "tried"])
def test_no_notice_where_a_reviewer_holds_all_that_is_lacking(kind: OutcomeKind, how: str) -> None:
    """The applicant has nothing to bring, so nothing is sent to him: the department goes on."""
    reason = f"{how}_{kind.value}"
    assert make_notice(of(spent("need/p1", "marriage", reason)), RULES) is None
    both = of(spent("need/p1", "marriage", reason), spent("bank/p1", "bank_statement", reason))
    assert make_notice(both, RULES) is None


def test_no_notice_for_what_is_queried_or_applicant_made() -> None:
    assert make_notice(of(UnlistedEvidenceQueried(requirement="demand_0/p1", evidence="前世证明")), RULES) is None


@pytest.mark.parametrize(
    ("parties", "lines"),
    [
        pytest.param(
            (party(), spouse()),
            ["1. 申请人的《结婚证》", "2. 配偶的《无犯罪记录证明》"],
            id="each role once",
        ),
        pytest.param(
            (party(), party("p3", id_number=ELDER, name="测试丙"), spouse()),
            ["1. 申请人（p1）的《结婚证》", "2. 申请人（p3）的《结婚证》", "3. 配偶的《无犯罪记录证明》"],
            id="two applicants",
        ),
        pytest.param(
            (party(), spouse(), spouse("p3", id_number=ELDER, name="测试丙")),
            ["1. 申请人的《结婚证》", "2. 配偶（p2）的《无犯罪记录证明》", "3. 配偶（p3）的《无犯罪记录证明》"],
            id="two of another role",
        ),
    ],
)
def test_who_must_bring_it_is_told_apart_where_a_role_occurs_twice(
    parties: tuple[Party, ...], lines: list[str]
) -> None:
    under = rules(requirement("need", "marriage"), requirement("clean", "no_crime", role="spouse"))
    case = open_case(under, asked=request(*parties))
    lacking = [not_exempted(key, finding(Route.VERIFICATION, "not_yet_offered")) for key in case.requirements]
    made = notice(open_case(under, *lacking, asked=request(*parties)), under)
    assert made.text.splitlines()[1:-1] == lines
    assert not [p for p in parties if p.name in made.text or p.id_number in made.text]


def test_the_party_is_named_though_only_one_of_the_two_lacks_something() -> None:
    under = rules(requirement("need", "marriage"))
    asked = request(party(), party("p3", id_number=ELDER, name="测试丙"))
    case = open_case(under, settled("need/p1"), spent("need/p3", "marriage"), asked=asked)
    assert notice(case, under).text.splitlines()[1] == "1. 申请人（p3）的《结婚证》"


@pytest.mark.parametrize("reason", ["unlisted", "cancelled_kind"])
def test_what_is_abolished_or_unlisted_is_never_asked_for(reason: str) -> None:
    findings = (finding(Route.ELICENCE, reason), finding(Route.ELICENCE, "tried_no_record", "household"))
    case = of(not_exempted("need/p1", *findings))
    assert notice(case).text.splitlines()[1] == "1. 申请人的《户籍证明》"
    (lacking,) = result_of(case, RULES, POSITION).not_exempted
    assert lacking.evidence_names == ("户籍证明",)


def test_names_from_outside_cannot_break_the_text() -> None:
    odd = rules(requirement("need", "marriage"), roles={"applicant": "{due}", "spouse": "配偶", "deceased": "x"})
    assert "1. {due}的《结婚证》" in notice(open_case(odd, spent("need/p1", "marriage")), odd).text


# --- status ----------------------------------------------------------------------------------------------------------


def test_status_tells_each_requirement_and_no_person() -> None:
    status = status_of(of(settled("need/p1")), durable=2)
    assert (status.stage, status.recorded, status.durable) == ("establishing", 3, 2)
    assert (status.item_code, status.catalogue_version) == (ITEM, "dehua_2026_1")
    assert {r.requirement: (r.status, r.ground) for r in status.requirements} == {
        "need/p1": ("settled", "elicence"),
        "clean/p2": ("open", None),
        "bank/p1": ("open", None),
        "paper/p1": ("applicant_made", None),
        "demand_0/p1": ("open", None),
        "demand_1/p1": ("open", None),
    }
    assert status.subject_refs == (subject_ref(1), subject_ref(2))
    assert not [value for value in PERSONAL if value in status.model_dump_json()]


# --- explain ---------------------------------------------------------------------------------------------------------


def climbed(case: Case) -> tuple[EventBody, ...]:
    """What the ladder decides for every open requirement, answering each question with "no record"."""
    bodies: list[EventBody] = []
    for key in case.open_requirements():
        raised = case.requirements[key].raised
        tries = [
            attempt(OutcomeKind.NO_RECORD, s, kind, key)
            for kind in raised.evidence
            if kind in RULES.evidence
            for s in RULES.evidence[kind].sources
        ]
        bodies += tries
        decision = climb(RULES, case_policy(), of(*bodies), key, (), NOW).decision
        match decision:
            case GiveUp():
                bodies.append(not_exempted(key, *decision.findings))
            case Settle():
                bodies.append(
                    settled(key, decision.evidence, "abolished", basis=decision.act, findings=decision.findings)
                )
            case Query():
                bodies.append(UnlistedEvidenceQueried(requirement=key, evidence=decision.evidence))
            case _:
                raise AssertionError(decision)
    return tuple(bodies)


DONE = of(*climbed(of()))
LIVE: dict[str, tuple[RungFinding, ...]] = {"need/p1": (finding(Route.ABOLISHED, "no_cancelling_act"),)}


@pytest.mark.parametrize(
    ("case", "live"),
    [
        pytest.param(of(), {}, id="just admitted"),
        pytest.param(of(), LIVE, id="on the way"),
        pytest.param(DONE, {}, id="done"),
        pytest.param(of(settled("need/p1", ground="volunteered")), {}, id="volunteered"),
        pytest.param(of(withdrawn()), LIVE, id="withdrawn"),
    ],
)
def test_explain_shows_all_ten_routes_for_every_requirement(
    case: Case, live: dict[str, tuple[RungFinding, ...]]
) -> None:
    explanation = explain(case, live)
    assert [r.requirement for r in explanation.requirements] == list(case.requirements)
    for view in explanation.requirements:
        assert {rung.route for rung in view.rungs} == set(Route)
        counts = Counter((rung.route, rung.evidence_type) for rung in view.rungs)
        assert max(counts.values()) == 1
        for rung in view.rungs:
            assert rung.text == zh.REASONS[rung.reason]
            assert rung.standing in ("taken", "passed_over", "not_reached")
            assert rung.clause
    assert not [value for value in PERSONAL if value in explanation.model_dump_json()]


def rungs(case: Case, key: str, live: dict[str, tuple[RungFinding, ...]] | None = None) -> dict[Any, Any]:
    view = next(r for r in explain(case, live or {}).requirements if r.requirement == key)
    return {(r.route, r.evidence_type): (r.standing, r.reason) for r in view.rungs}


def test_a_settled_requirement_shows_the_way_up_to_the_hit() -> None:
    findings = (finding(Route.ABOLISHED, "no_cancelling_act"), finding(Route.ELICENCE, "tried_hit"))
    shown = rungs(of(settled("need/p1", findings=findings)), "need/p1")
    assert shown[Route.ABOLISHED, "marriage"] == ("passed_over", "no_cancelling_act")
    assert shown[Route.ELICENCE, "marriage"] == ("taken", "tried_hit")
    assert shown[Route.COMMITMENT, "marriage"] == ("not_reached", "not_reached")
    assert shown[Route.ELICENCE, "household"] == ("not_reached", "not_reached")


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        pytest.param((), "in_hand", id="open"),
        pytest.param((settled("need/p1", ground="volunteered"),), "volunteered", id="volunteered"),
        pytest.param((withdrawn(),), "case_ended", id="withdrawn"),
        pytest.param((ApplicationCancelled(reason="演练"),), "case_ended", id="cancelled"),
    ],
)
def test_rungs_not_looked_at_say_why(after: tuple[EventBody, ...], reason: str) -> None:
    assert set(rungs(of(*after), "need/p1").values()) == {("not_reached", reason)}


def test_what_never_climbs_says_so_on_every_rung() -> None:
    assert set(rungs(DONE, "paper/p1").values()) == {("passed_over", "applicant_made")}
    assert set(rungs(DONE, "demand_0/p1").values()) == {("passed_over", "unlisted_query")}
    assert {evidence for _, evidence in rungs(DONE, "demand_0/p1")} == {"前世证明"}
    assert rungs(DONE, "demand_1/p1")[Route.ABOLISHED, "alive"] == ("taken", "taken")


def test_clauses_are_those_of_the_routes() -> None:
    assert set(CLAUSE_OF_ROUTE) == set(IMPLEMENTATION_OF_ROUTE) == set(Route)
    assert set(CLAUSE_OF_REASON) <= set(zh.REASONS)


def clauses(case: Case, key: str) -> dict[tuple[Route, str, str], str | None]:
    view = next(r for r in explain(case, {}).requirements if r.requirement == key)
    return {(r.route, r.evidence_type, r.reason): r.clause for r in view.rungs}


@pytest.mark.parametrize("route", Route)
@pytest.mark.parametrize(
    ("reason", "clause"),
    [
        pytest.param("unlisted", "四(一)", id="on no list"),
        pytest.param("cancelled_kind", "三(一)", id="cancelled"),
        pytest.param("applicant_made", "二", id="applicant-made"),
        pytest.param("volunteered", "五(一)", id="volunteered"),
    ],
)
def test_some_reasons_stand_on_a_clause_of_their_own_whatever_the_rung(route: Route, reason: str, clause: str) -> None:
    assert CLAUSE_OF_REASON[reason] == clause
    case = of(not_exempted("need/p1", finding(route, reason)))
    assert clauses(case, "need/p1")[route, "marriage", reason] == clause


@pytest.mark.parametrize("reason", sorted(set(zh.REASONS) - set(CLAUSE_OF_REASON)))
def test_every_other_reason_stands_on_the_clause_of_its_route(reason: str) -> None:
    for route in Route:
        case = of(not_exempted("need/p1", finding(route, reason)))
        assert clauses(case, "need/p1")[route, "marriage", reason] == CLAUSE_OF_ROUTE[route]


def test_rungs_spared_by_volunteering_stand_on_the_clause_of_volunteering() -> None:
    shown = clauses(of(settled("need/p1", ground="volunteered")), "need/p1")
    assert {reason for _, _, reason in shown} == {"volunteered"}
    assert set(shown.values()) == {"五(一)"}


def test_what_never_climbs_stands_on_one_clause() -> None:
    assert set(clauses(DONE, "demand_0/p1").values()) == {"四(一)"}
    assert set(clauses(DONE, "paper/p1").values()) == {"二"}


# --- the result ------------------------------------------------------------------------------------------------------


def test_the_result_sorts_every_requirement() -> None:
    handed_over = of(*climbed(of()), ApplicationHandedOver(notice=make_notice(DONE, RULES)))
    result = result_of(handed_over, RULES, POSITION)
    assert [s.requirement for s in result.settled] == ["demand_1/p1"]
    assert [o.requirement for o in result.not_exempted] == ["need/p1", "clean/p2", "bank/p1"]
    assert [o.requirement for o in result.queried] == ["demand_0/p1"]
    assert result.applicant_made == ("申请表",)
    assert result.status == "notice_due"
    assert result.position == POSITION
    assert "data_sharing:tried_no_record" in result.not_exempted[0].reasons
    assert len(set(result.not_exempted[0].reasons)) == len(result.not_exempted[0].reasons)


@pytest.mark.parametrize(
    ("over", "ground", "implementation", "clause"),
    [
        pytest.param({"ground": "elicence"}, "elicence", "data_sharing", "三(二)1", id="elicence"),
        pytest.param({"ground": "abolished", "evidence_digest": None}, "abolished", "cancellation", "三(一)", id="act"),
        pytest.param({"ground": "volunteered", "evidence_digest": DOCUMENT}, "volunteered", None, "五(一)", id="given"),
    ],
)
def test_a_settlement_names_ground_way_and_clause(
    over: dict[str, Any], ground: str, implementation: str | None, clause: str
) -> None:
    (line,) = result_of(of(settled("need/p1", **over)), RULES, POSITION).settled
    assert (line.ground, line.implementation, line.clause) == (ground, implementation, clause)
    assert (line.evidence_type, line.evidence_name, line.party_id) == ("marriage", "结婚证", "p1")
    assert line.evidence_digest == over.get("evidence_digest", DIGEST)


SIMPLE = rules(requirement("need", "marriage"))
TWO = rules(requirement("need", "marriage"), requirement("odd", "odd_proof"), requirement("bank", "bank_statement"))
HANDED_OVER = ApplicationHandedOver(notice=None)
NOTIFIED = ApplicationHandedOver(notice=Notice(text="请补齐", due=date(2026, 3, 9), due_provisional=False))
QUERIED = UnlistedEvidenceQueried(requirement="odd/p1", evidence="odd_proof")
HELD = spent("need/p1", "marriage", "tried_adverse", Route.ELICENCE)


@pytest.mark.parametrize(
    ("after", "status"),
    [
        pytest.param((settled("need/p1"), HANDED_OVER), "settled", id="settled"),
        pytest.param((spent("need/p1", "marriage"), NOTIFIED), "notice_due", id="notice due"),
        pytest.param((HELD, HANDED_OVER), "under_review", id="all that is lacking is held"),
        pytest.param((withdrawn(),), "withdrawn", id="withdrawn"),
        pytest.param(
            (spent("need/p1", "marriage"), withdrawn()),
            "withdrawn",
            id="withdrawn with something lacking",
        ),
    ],
)
def test_the_status_of_a_result(after: tuple[EventBody, ...], status: str) -> None:
    result = result_of(open_case(SIMPLE, *after), SIMPLE, POSITION)
    assert result.status == status
    assert result.catalogue_version == "dehua_2026_1"


BANK = settled("bank/p1", "bank_statement", "trusted_document")
LACKING_BANK = spent("bank/p1", "bank_statement")


@pytest.mark.parametrize(
    ("after", "status"),
    [
        pytest.param((settled("need/p1"), BANK, QUERIED), "queried", id="all settled but what was queried"),
        pytest.param((settled("need/p1"), LACKING_BANK, QUERIED), "notice_due", id="a notice before a query"),
        pytest.param((HELD, BANK, QUERIED), "under_review", id="a review before a query"),
        pytest.param((HELD, LACKING_BANK, QUERIED), "notice_due", id="a notice before a review"),
        pytest.param((settled("need/p1"), QUERIED, withdrawn()), "withdrawn", id="withdrawn with a query"),
        pytest.param((HELD, QUERIED, withdrawn()), "withdrawn", id="withdrawn under review"),
    ],
)
def test_the_status_says_who_must_act_next(after: tuple[EventBody, ...], status: str) -> None:
    case = open_case(TWO, *after)
    if not case.ended:
        case = open_case(TWO, *after, ApplicationHandedOver(notice=make_notice(case, TWO)))
    result = result_of(case, TWO, POSITION)
    assert result.status == status
    assert (result.notice is not None) == (status == "notice_due")
    assert [q.requirement for q in result.queried] == ["odd/p1"]


AGAINST = attempt(OutcomeKind.ADVERSE, source(Route.DATA_SHARING, "310/1"), "household")


@pytest.mark.parametrize("kind", OutcomeKind)
def test_the_window_is_told_of_answers_no_machine_may_pass_over(kind: OutcomeKind) -> None:
    """One alternative met the requirement, another was answered against it."""
    case = open_case(SIMPLE, attempt(kind, source(), "marriage"), settled("need/p1"))
    told = result_of(case, SIMPLE, POSITION).concerns
    if kind in FOR_A_PERSON:
        assert told == (Concern(requirement="need/p1", evidence="marriage", outcome=kind.value, detail=kind.value),)
    else:
        assert told == ()


@pytest.mark.parametrize(
    ("after", "concerned"),
    [
        pytest.param((AGAINST, settled("need/p1")), ["household"], id="settled by another kind"),
        pytest.param(
            (AGAINST, settled("need/p1", ground="volunteered", evidence_digest=DOCUMENT)),
            ["household"],
            id="settled by volunteering",
        ),
        pytest.param(
            (AGAINST, attempt(OutcomeKind.MISMATCH, source()), settled("need/p1", ground="volunteered")),
            ["household", "marriage"],
            id="two of them, in the order asked",
        ),
        pytest.param((AGAINST, spent("need/p1", "household", "tried_adverse")), [], id="not exempted: in its reasons"),
        pytest.param((AGAINST,), [], id="still open"),
        pytest.param((settled("need/p1"),), [], id="nothing against it"),
    ],
)
def test_concerns_are_of_what_something_else_settled(after: tuple[EventBody, ...], concerned: list[str]) -> None:
    result = result_of(of(*after), RULES, POSITION)
    assert [(c.requirement, c.evidence) for c in result.concerns] == [("need/p1", e) for e in concerned]


def test_a_concern_does_not_change_the_status() -> None:
    case = open_case(SIMPLE, attempt(OutcomeKind.ADVERSE, source()), settled("need/p1"), HANDED_OVER)
    assert result_of(case, SIMPLE, POSITION).status == "settled"


def test_the_result_carries_the_notice_as_recorded() -> None:
    recorded = Notice(text="请补齐", due=date(2026, 3, 9), due_provisional=False)
    case = open_case(SIMPLE, spent("need/p1", "marriage"), ApplicationHandedOver(notice=recorded))
    assert result_of(case, SIMPLE, POSITION).notice == recorded
