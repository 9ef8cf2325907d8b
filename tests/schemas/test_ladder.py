from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.case import Case
from schemas.catalogue import EvidenceRule, ItemRules, Source
from schemas.codes import SHARING_PLATFORMS, Mode, Platform, Polarity, Route, Sensitivity, SourceAttribute
from schemas.events import AttemptMade
from schemas.evidence import FOR_A_PERSON, WAITABLE, OutcomeKind
from schemas.ladder import DEFAULT_ORDER, OFFERED, Ask, Climb, GiveUp, Query, Settle, climb
from schemas.texts import zh
from tests.schemas.builders import (
    NOW,
    PLATFORM_OF,
    attempt,
    bare_case,
    case_policy,
    evidence_rule,
    item_rules,
    source,
    tried,
)

POLICY = case_policy()
ACT = "民发〔2020〕20号"


def step(
    of: ItemRules,
    *attempts: AttemptMade,
    authorised: tuple[Sensitivity, ...] = (),
    after: int = 0,
    mode: Mode = Mode.INTERACTIVE,
    by_demand: bool = False,
) -> Climb:
    case = bare_case(of, *attempts, mode=mode, by_demand=by_demand)
    return climb(of, POLICY, case, "need/p1", authorised, NOW + timedelta(seconds=after))


def reasons(climbed: Climb, evidence: str = "marriage") -> dict[Route, str]:
    return {f.route: f.reason for f in climbed.findings if f.evidence == evidence}


def asked_of(climbed: Climb) -> tuple[str, str, int, int | None]:
    decision = climbed.decision
    assert isinstance(decision, Ask), decision
    return decision.evidence, decision.source.resource_code, decision.round, decision.wait_seconds


def shared(code: str = "household", **over: Any) -> EvidenceRule:
    """A kind on the data-sharing platform."""
    at = source(Route.DATA_SHARING, f"data-{code}", evidence_type=code)
    return evidence_rule(code, **({"paper_exempt": False, "sources": (at,)} | over))


def exhausted(kind: EvidenceRule, outcome: OutcomeKind = OutcomeKind.NO_RECORD) -> AttemptMade:
    return attempt(outcome, kind.sources[0], kind.code)


# --- the rungs, one by one -------------------------------------------------------------------------------------------


def test_a_cancelled_demand_is_settled_on_its_act_and_nobody_is_asked() -> None:
    climbed = step(item_rules(evidence_rule(cancelled_by=ACT)))
    assert isinstance(climbed.decision, Settle)
    assert (climbed.decision.evidence, climbed.decision.act) == ("marriage", ACT)
    assert climbed.decision.findings == climbed.findings
    assert reasons(climbed) == {Route.ABOLISHED: "taken"}


@pytest.mark.parametrize("routes", [(Route.ELICENCE,), (Route.ELICENCE, Route.ABOLISHED), ()], ids=str)
def test_the_catalogue_cannot_put_anything_before_a_cancellation(routes: tuple[Route, ...]) -> None:
    climbed = step(item_rules(evidence_rule(cancelled_by=ACT), routes=routes))
    assert isinstance(climbed.decision, Settle)
    assert reasons(climbed) == {Route.ABOLISHED: "taken"}


def test_on_the_paper_exempt_list_the_licence_library_is_asked() -> None:
    climbed = step(item_rules(evidence_rule()))
    assert asked_of(climbed) == ("marriage", "lic-marriage", 1, None)
    assert reasons(climbed) == {Route.ABOLISHED: "no_cancelling_act"}


def test_off_that_list_the_sharing_platform_is_asked() -> None:
    climbed = step(item_rules(shared()))
    assert asked_of(climbed) == ("household", "data-household", 1, None)
    assert reasons(climbed, "household") == {
        Route.ABOLISHED: "no_cancelling_act",
        Route.ELICENCE: "not_on_paper_exempt_list",
    }


def other(**over: Any) -> EvidenceRule:
    sources = tuple(
        source(r, f"{r.value}-bank", evidence_type="bank") for r in (Route.DATA_SHARING, Route.TRUSTED_DOCUMENT)
    )
    fields = {"source_attribute": SourceAttribute.OTHER, "paper_exempt": False, "sources": sources}
    return evidence_rule("bank", **(fields | over))


def test_for_other_material_the_trusted_documents_come_first() -> None:
    of = item_rules(other())
    first = step(of)
    assert asked_of(first)[1] == "trusted_document-bank"
    assert list(reasons(first, "bank")) == [Route.ABOLISHED]
    second = step(of, attempt(OutcomeKind.NO_RECORD, other().sources[1], "bank"))
    assert asked_of(second)[1] == "data_sharing-bank"
    assert reasons(second, "bank")[Route.TRUSTED_DOCUMENT] == "tried_no_record"


def test_government_material_goes_to_the_sharing_platform_first() -> None:
    assert asked_of(step(item_rules(other(source_attribute=SourceAttribute.GOVERNMENT))))[1] == "data_sharing-bank"


@pytest.mark.parametrize("scope", [Sensitivity.BANK, Sensitivity.HEALTH])
def test_without_the_holders_authorisation_no_look_up(scope: Sensitivity) -> None:
    of = item_rules(other(sensitivity=scope))
    climbed = step(of, authorised=(Sensitivity.NONE, Sensitivity.CRIMINAL))
    assert isinstance(climbed.decision, GiveUp)
    found = reasons(climbed, "bank")
    assert found[Route.TRUSTED_DOCUMENT] == found[Route.DATA_SHARING] == "holder_authorisation_missing"
    wrong = Sensitivity.HEALTH if scope is Sensitivity.BANK else Sensitivity.BANK
    assert isinstance(step(of, authorised=(wrong,)).decision, GiveUp)
    assert asked_of(step(of, authorised=(scope,)))[1] == "trusted_document-bank"


def test_criminal_records_need_no_authorisation_of_the_holder() -> None:
    assert asked_of(step(item_rules(shared(sensitivity=Sensitivity.CRIMINAL, polarity=Polarity.IS_NOT))))


@pytest.mark.parametrize(
    ("kind", "over", "route", "reason"),
    [
        pytest.param({}, {}, Route.ABOLISHED, "no_cancelling_act", id="no act"),
        pytest.param({}, {}, Route.ELICENCE, "no_source", id="no source"),
        pytest.param({"paper_exempt": False}, {}, Route.ELICENCE, "not_on_paper_exempt_list", id="not paper-exempt"),
        pytest.param({}, {}, Route.DATA_SHARING, "on_paper_exempt_list", id="paper-exempt"),
        pytest.param({"paper_exempt": False}, {}, Route.DATA_SHARING, "no_source", id="no shared data"),
        pytest.param({}, {}, Route.TRUSTED_DOCUMENT, "no_source", id="no trusted document"),
        pytest.param({}, {}, Route.VERIFICATION, "not_yet_offered", id="verification"),
        pytest.param({}, {}, Route.PAPER_FIRST, "not_yet_offered", id="paper first"),
        pytest.param({}, {}, Route.COMMITMENT, "not_on_commitment_list", id="no commitment list"),
        pytest.param({"commitment_listed": True}, {}, Route.COMMITMENT, "not_yet_offered", id="commitment"),
        pytest.param({}, {}, Route.DEFERRED_SUPPLY, "not_deferrable", id="not deferrable"),
        pytest.param({}, {"deferrable": True}, Route.DEFERRED_SUPPLY, "not_yet_offered", id="deferrable"),
        pytest.param({}, {}, Route.ASSISTANCE, "not_yet_offered", id="assistance"),
        pytest.param({}, {}, Route.FLEXIBLE_DISPOSITION, "not_yet_offered", id="flexible disposition"),
        pytest.param({}, {"routes": (Route.ELICENCE,)}, Route.COMMITMENT, "left_out", id="left out"),
    ],
)
def test_every_rung_says_why_it_is_passed_over(
    kind: dict[str, Any], over: dict[str, Any], route: Route, reason: str
) -> None:
    climbed = step(item_rules(evidence_rule(sources=(), **kind), **over))
    assert isinstance(climbed.decision, GiveUp)
    assert reasons(climbed)[route] == reason
    assert set(reasons(climbed)) == set(Route)


def test_the_catalogue_may_reorder() -> None:
    order = (Route.TRUSTED_DOCUMENT, Route.DATA_SHARING)
    of = item_rules(other(source_attribute=SourceAttribute.GOVERNMENT), routes=order)
    assert asked_of(step(of))[1] == "trusted_document-bank"
    done = step(of, *(attempt(OutcomeKind.NO_RECORD, s, "bank") for s in reversed(other().sources)))
    assert list(reasons(done, "bank"))[:3] == [Route.ABOLISHED, *order]
    assert reasons(done, "bank")[Route.ELICENCE] == "left_out"


# --- off the lists ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_demand", [False, True], ids=["required", "demanded"])
def test_unlisted_evidence_becomes_a_query_and_asks_nobody(by_demand: bool) -> None:
    climbed = step(item_rules(evidence_rule(retained=False), by_demand=by_demand), by_demand=by_demand)
    assert climbed.decision == Query(evidence="marriage")


def test_a_demand_beyond_the_items_requirements_is_a_query_though_the_kind_is_retained() -> None:
    assert step(item_rules(evidence_rule(), by_demand=True), by_demand=True).decision == Query(evidence="marriage")


def test_a_cancelled_demand_of_a_guide_is_settled() -> None:
    of = item_rules(evidence_rule(cancelled_by=ACT, retained=False), by_demand=True)
    assert isinstance(step(of, by_demand=True).decision, Settle)


def test_a_demand_no_list_knows_is_a_query_by_its_name() -> None:
    of = item_rules(evidence_rule(), by_demand=True)
    case = bare_case(of, by_demand=True)
    known = case.requirements["need/p1"]
    raised = known.raised.model_copy(update={"evidence": ("前世证明",), "names": ("前世证明",)})
    case = case.model_copy(update={"requirements": {"need/p1": known.model_copy(update={"raised": raised})}})
    assert climb(of, POLICY, case, "need/p1", (), NOW).decision == Query(evidence="前世证明")


# --- any one of a group ----------------------------------------------------------------------------------------------


def test_alternatives_are_tried_in_order_of_preference_on_each_rung() -> None:
    first, second = shared("one"), shared("two")
    of = item_rules(first, second)
    assert asked_of(step(of))[0] == "one"
    assert asked_of(step(of, exhausted(first)))[0] == "two"
    assert isinstance(step(of, exhausted(first), exhausted(second)).decision, GiveUp)


def test_a_cancelled_alternative_neither_settles_nor_is_asked_while_another_lives() -> None:
    of = item_rules(evidence_rule("old", cancelled_by=ACT), shared("live"))
    climbed = step(of)
    assert asked_of(climbed)[0] == "live"
    assert set(reasons(climbed, "old").values()) == {"cancelled_kind"}
    given_up = step(of, exhausted(shared("live")))
    assert isinstance(given_up.decision, GiveUp)
    assert set(reasons(given_up, "old").values()) == {"cancelled_kind"}


def test_where_all_alternatives_are_cancelled_the_act_settles() -> None:
    climbed = step(item_rules(evidence_rule("old", cancelled_by=ACT), evidence_rule("older", cancelled_by="另一文件")))
    assert isinstance(climbed.decision, Settle)
    assert climbed.decision.act == ACT


def test_an_unlisted_alternative_is_passed_over_with_its_reason() -> None:
    of = item_rules(evidence_rule("odd", retained=False), shared("live"))
    assert asked_of(step(of))[0] == "live"
    given_up = step(of, exhausted(shared("live")))
    assert set(reasons(given_up, "odd").values()) == {"unlisted"}


def test_applicant_made_material_is_never_routed_nor_abolished() -> None:
    made = evidence_rule("form", source_attribute=SourceAttribute.APPLICANT, cancelled_by=ACT)
    of = item_rules(made, shared("live"))
    assert asked_of(step(of))[0] == "live"
    given_up = step(of, exhausted(shared("live")))
    assert isinstance(given_up.decision, GiveUp)
    assert set(reasons(given_up, "form").values()) == {"applicant_made"}


# --- what the sources answered ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [OutcomeKind.NO_RECORD, OutcomeKind.CONFIG])
def test_no_record_and_refused_calls_move_on(outcome: OutcomeKind) -> None:
    climbed = step(item_rules(evidence_rule()), exhausted(evidence_rule(), outcome))
    assert isinstance(climbed.decision, GiveUp)
    assert reasons(climbed)[Route.ELICENCE] == f"tried_{outcome.value}"
    assert reasons(climbed)[Route.VERIFICATION] == "not_yet_offered"


@pytest.mark.parametrize("outcome", FOR_A_PERSON)
def test_what_needs_a_person_holds_every_rung_behind_it_and_no_rung_before(outcome: OutcomeKind) -> None:
    kind = shared(commitment_listed=True)
    climbed = step(item_rules(kind), exhausted(kind, outcome))
    assert isinstance(climbed.decision, GiveUp)
    found = reasons(climbed, "household")
    assert found[Route.ABOLISHED] == "no_cancelling_act"
    assert found[Route.ELICENCE] == "not_on_paper_exempt_list"
    assert found[Route.DATA_SHARING] == f"tried_{outcome.value}"
    behind = DEFAULT_ORDER[DEFAULT_ORDER.index(Route.DATA_SHARING) + 1 :]
    assert {found[route] for route in behind} == {f"held_by_{outcome.value}"}


@pytest.mark.parametrize("outcome", FOR_A_PERSON)
def test_what_needs_a_person_is_not_asked_of_a_second_source(outcome: OutcomeKind) -> None:
    first, second = source(resource_code="nation"), source(resource_code="province")
    of = item_rules(evidence_rule(sources=(first, second)))
    assert isinstance(step(of, attempt(outcome, first)).decision, GiveUp)


@pytest.mark.parametrize("outcome", FOR_A_PERSON)
def test_another_alternative_may_still_meet_the_requirement(outcome: OutcomeKind) -> None:
    first, second = shared("one"), shared("two")
    assert asked_of(step(item_rules(first, second), exhausted(first, outcome)))[0] == "two"


@pytest.mark.parametrize("outcome", [OutcomeKind.NO_RECORD, OutcomeKind.CONFIG])
def test_a_second_source_is_asked_when_the_first_has_nothing(outcome: OutcomeKind) -> None:
    first, second = source(resource_code="nation"), source(resource_code="province")
    of = item_rules(evidence_rule(sources=(first, second)))
    assert asked_of(step(of))[1] == "nation"
    assert asked_of(step(of, attempt(outcome, first))) == ("marriage", "province", 1, None)


NATION = source(platform=Platform.ELICENCE_NATIONAL, resource_code="same")
PROVINCE = source(platform=Platform.ELICENCE_PROVINCIAL, resource_code="same")


def platform_of(climbed: Climb) -> tuple[Platform, int]:
    decision = climbed.decision
    assert isinstance(decision, Ask), decision
    return decision.source.platform, decision.round


@pytest.mark.parametrize("outcome", [OutcomeKind.NO_RECORD, OutcomeKind.CONFIG])
@pytest.mark.parametrize(("first", "second"), [(NATION, PROVINCE), (PROVINCE, NATION)], ids=["nation", "province"])
def test_two_platforms_with_the_same_resource_code_are_both_asked(
    first: Source, second: Source, outcome: OutcomeKind
) -> None:
    of = item_rules(evidence_rule(sources=(first, second)))
    assert platform_of(step(of)) == (first.platform, 1)
    assert platform_of(step(of, attempt(outcome, first))) == (second.platform, 1)
    both = step(of, attempt(outcome, first), attempt(OutcomeKind.NO_RECORD, second))
    assert isinstance(both.decision, GiveUp)
    assert reasons(both)[Route.ELICENCE] == "tried_no_record"


def test_the_rounds_of_a_platform_are_its_own() -> None:
    of = item_rules(evidence_rule(sources=(NATION, PROVINCE)))
    gone = attempt(OutcomeKind.NO_RECORD, NATION)
    down = attempt(OutcomeKind.TRANSIENT, PROVINCE)
    assert platform_of(step(of, gone, down)) == (PROVINCE.platform, 2)
    assert platform_of(step(of, down, gone)) == (PROVINCE.platform, 2)
    assert platform_of(step(of, attempt(OutcomeKind.TRANSIENT, NATION))) == (NATION.platform, 2)
    assert platform_of(step(of, attempt(OutcomeKind.TRANSIENT, NATION), after=60)) == (PROVINCE.platform, 1)


@pytest.mark.parametrize("outcome", FOR_A_PERSON)
def test_a_second_platform_cannot_clear_what_needs_a_person(outcome: OutcomeKind) -> None:
    of = item_rules(evidence_rule(sources=(NATION, PROVINCE)))
    assert isinstance(step(of, attempt(outcome, NATION)).decision, GiveUp)


# --- waiting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", WAITABLE)
@pytest.mark.parametrize(
    ("mode", "after", "left"),
    [
        pytest.param(Mode.INTERACTIVE, 0, 60, id="at the counter, at once"),
        pytest.param(Mode.INTERACTIVE, 59, 1, id="at the counter, the last second"),
        pytest.param(Mode.INTERACTIVE, 60, None, id="at the counter, over"),
        pytest.param(Mode.BACKGROUND, 60, 540, id="in the background"),
        pytest.param(Mode.BACKGROUND, 601, None, id="in the background, over"),
    ],
)
def test_a_source_that_does_not_answer_is_asked_again_within_the_budget(
    outcome: OutcomeKind, mode: Mode, after: int, left: int | None
) -> None:
    climbed = step(item_rules(evidence_rule()), exhausted(evidence_rule(), outcome), after=after, mode=mode)
    if left is None:
        assert isinstance(climbed.decision, GiveUp)
        assert reasons(climbed)[Route.ELICENCE] == f"tried_{outcome.value}"
    else:
        assert asked_of(climbed) == ("marriage", "lic-marriage", 2, left)


def test_the_budget_counts_from_the_first_ask() -> None:
    of, asked = item_rules(evidence_rule()), evidence_rule().sources[0]
    tries = (
        attempt(OutcomeKind.TRANSIENT, asked),
        attempt(OutcomeKind.QUOTA, asked, number=2, at=NOW + timedelta(seconds=40)),
    )
    assert asked_of(step(of, *tries, after=50)) == ("marriage", "lic-marriage", 3, 10)
    assert isinstance(step(of, *tries, after=60).decision, GiveUp)


def test_a_route_waits_no_longer_for_having_two_sources() -> None:
    first, second = source(resource_code="nation"), source(resource_code="province")
    of = item_rules(evidence_rule(sources=(first, second)))
    down = attempt(OutcomeKind.TRANSIENT, first)
    assert asked_of(step(of, down, after=60)) == ("marriage", "province", 1, None)
    both = (down, attempt(OutcomeKind.TRANSIENT, second, at=NOW + timedelta(seconds=60)))
    climbed = step(of, *both, after=61)
    assert isinstance(climbed.decision, GiveUp)
    assert reasons(climbed)[Route.ELICENCE] == "tried_transient"


def test_each_route_has_a_budget_of_its_own() -> None:
    kind = other()
    data, documents = kind.sources
    tries = (
        attempt(OutcomeKind.TRANSIENT, documents, "bank"),
        attempt(OutcomeKind.TRANSIENT, data, "bank", at=NOW + timedelta(seconds=60)),
    )
    assert asked_of(step(item_rules(kind), *tries, after=70)) == ("bank", "data_sharing-bank", 2, 50)


# --- texts -----------------------------------------------------------------------------------------------------------


def test_every_reason_the_ladder_can_give_has_a_text() -> None:
    tried_ones = {f"tried_{kind.value}" for kind in OutcomeKind}
    held = {f"held_by_{kind.value}" for kind in FOR_A_PERSON}
    assert tried_ones | held <= set(zh.REASONS)
    assert {route.value for route in Route} <= set(zh.ROUTES)
    assert {kind.value for kind in OutcomeKind} == set(zh.OUTCOMES)
    assert all(text.strip() for text in zh.REASONS.values())


# --- the whole climb -------------------------------------------------------------------------------------------------

KINDS = st.builds(
    lambda n, **over: (n, over),
    st.integers(0, 3),
    retained=st.booleans() | st.just(True),
    paper_exempt=st.booleans(),
    commitment_listed=st.booleans(),
    cancelled_by=st.sampled_from([None, None, None, ACT]),
    sensitivity=st.sampled_from(Sensitivity),
    source_attribute=st.sampled_from(SourceAttribute),
)


ROUTE_OF = {Platform.ELICENCE_PROVINCIAL: Route.ELICENCE} | {p: r for r, p in PLATFORM_OF.items()}
PLACES = st.builds(
    lambda platform, code: (ROUTE_OF[platform], platform, code),
    st.sampled_from(SHARING_PLATFORMS),
    st.sampled_from(["r0", "r1", "r2"]),
)
"""Route, platform and resource code: platforms may well use the same code."""


def any_rules(draw: st.DataObject) -> ItemRules:
    kinds = []
    for index, (count, over) in enumerate(draw.draw(st.lists(KINDS, min_size=1, max_size=3))):
        places = draw.draw(st.lists(PLACES, min_size=count, max_size=count, unique=True))
        sources = tuple(source(r, c, platform=p, evidence_type=f"k{index}") for r, p, c in places)
        kinds.append(evidence_rule(f"k{index}", **(over | {"sources": sources})))
    order = draw.draw(st.none() | st.lists(st.sampled_from(Route), unique=True).map(tuple))
    return item_rules(*kinds, routes=order, deferrable=draw.draw(st.booleans()))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_climb_always_ends_and_explains_itself(data: st.DataObject) -> None:
    of = any_rules(data)
    authorised = tuple(data.draw(st.sets(st.sampled_from(Sensitivity))))
    case: Case = bare_case(of)
    now: datetime = NOW
    answered: dict[tuple[str, Platform, str], OutcomeKind] = {}
    for _ in range(200):
        climbed = climb(of, POLICY, case, "need/p1", authorised, now)
        assert climb(of, POLICY, case, "need/p1", authorised, now) == climbed
        seen = Counter((f.route, f.evidence) for f in climbed.findings)
        assert not seen or max(seen.values()) == 1
        assert {f.reason for f in climbed.findings} <= set(zh.REASONS)
        decision = climbed.decision
        if not isinstance(decision, Ask):
            break
        kind = of.evidence[decision.evidence]
        place = (decision.evidence, decision.source.platform, decision.source.resource_code)
        assert decision.source.route in OFFERED
        assert kind.retained
        assert kind.cancelled_by is None
        assert kind.source_attribute is not SourceAttribute.APPLICANT
        assert kind.sensitivity not in (Sensitivity.BANK, Sensitivity.HEALTH) or kind.sensitivity in authorised
        assert (decision.round == 1) == (place not in answered) == (decision.wait_seconds is None)
        assert answered.get(place, OutcomeKind.TRANSIENT) in WAITABLE
        assert not any(e == decision.evidence and o in FOR_A_PERSON for (e, _, _), o in answered.items())
        outcome = data.draw(st.sampled_from([k for k in OutcomeKind if k is not OutcomeKind.HIT]))
        answered[place] = outcome
        made = attempt(outcome, decision.source, decision.evidence, number=decision.round, at=now)
        case = tried(case, made)
        now += timedelta(seconds=data.draw(st.integers(5, 90)))
    else:
        pytest.fail("the climb does not end")
    if isinstance(decision, GiveUp):
        assert set(seen) == {(route, key) for route in Route for key in of.evidence}
    if isinstance(decision, Settle):
        assert sum(f.reason == "taken" for f in decision.findings) == 1
