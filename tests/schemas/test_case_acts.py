"""What people do to a case on its long routes: every refusal, and every event an act comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from schemas.acceptance import (
    ApplicationAccepted,
    DecisionReported,
    DeferralGranted,
    DeferralSigned,
)
from schemas.application import Act, Actor, Choice, Origin
from schemas.case import Case, RequirementStanding
from schemas.case_acts import (
    Acted,
    Sight,
    choose,
    consent_assistance,
    declare_origin,
    paper_stream,
    propose_disposition,
    request_proof,
    revoke_assistance,
    sign_commitment,
    sign_deferral,
    submit_paper,
    supply_deferred,
    withdraw_commitment,
)
from schemas.case_commands import (
    Choose,
    ConsentAssistance,
    DeclareOrigin,
    DispositionCause,
    DispositionOutcome,
    DispositionProposal,
    ProposeDisposition,
    RequestProof,
    RevokeAssistance,
    SignCommitment,
    SignDeferral,
    SignedBy,
    SubmitPaper,
    SupplyDeferred,
    WithdrawCommitment,
)
from schemas.catalogue import ItemRules
from schemas.codes import ActorKind, Route
from schemas.events import EventBody, UnlistedEvidenceQueried
from schemas.route_events import (
    CaseNewsKind,
    ChoiceMade,
    OriginDeclared,
    ProofRequested,
    ReportKind,
    RequirementProvisionallySettled,
    RequirementReopened,
    RouteClosed,
    RouteOpened,
    RouteReport,
    RouteReported,
)
from tests.schemas.builders import (
    APPLICATION_NO,
    CLERK,
    DOCUMENT,
    HOUSING,
    JUSTICE,
    NOW,
    SYSTEM,
    command,
    finding,
    not_exempted,
    settled,
    subject_ref,
    withdrawn,
)
from tests.schemas.long_cases import (
    KEY,
    RULES,
    STREAM,
    kind,
    opened,
    provisional,
    reported,
    rules,
    sight,
    standing,
    terms,
)

REF = command("a-1", Act.CHOOSE)
ABOUT: dict[str, Any] = {"command_id": "a-1", "actor": CLERK, "requirement_code": "need", "party_id": "p1"}
LETTER = "e5" * 32
SETTLED, QUERIED = settled(), UnlistedEvidenceQueried(requirement=KEY, evidence="marriage")
SPENT = not_exempted(KEY, finding(Route.VERIFICATION, "tried_no_answer"))
ENDED = withdrawn()
ACCEPTED = ApplicationAccepted(command=None, deemed=False, accepted_at=NOW)
DECIDED = DecisionReported(
    command=command("d-1"), decision="granted", reference="doc-1", decided_at=NOW, withheld=False
)
OWED = DeferralGranted(requirement=KEY, notice_text="容缺受理通知书", supply_due_at=NOW)
HISTORICAL = OriginDeclared(command=None, requirement=KEY, area=None, historical=True, abroad=False)


def choice(route: Route = Route.COMMITMENT, wanted: bool = True, code: str = "need") -> Choose:
    of = Choice(requirement_code=code, party_id="p1", route=route, wanted=wanted)
    return Choose(command_id="a-1", actor=CLERK, choice=of)


def origin(code: str = "need", **fields: Any) -> DeclareOrigin:
    return DeclareOrigin(command_id="a-1", actor=CLERK, origin=Origin(requirement_code=code, party_id="p1", **fields))


def paper(**over: Any) -> SubmitPaper:
    return SubmitPaper.model_validate(ABOUT | {"evidence_type": "marriage", "document_digest": DOCUMENT} | over)


def letter(**over: Any) -> SignCommitment:
    fields: dict[str, Any] = {
        "evidence_type": "marriage",
        "letter_version": "letter_1",
        "letter_digest": LETTER,
        "signed_by": SignedBy.SELF,
        "signed_at": NOW,
    }
    return SignCommitment.model_validate(ABOUT | fields | over)


def owing(**over: Any) -> SignDeferral:
    return SignDeferral.model_validate(ABOUT | {"letter_digest": LETTER} | over)


def consent(**over: Any) -> ConsentAssistance:
    return ConsentAssistance.model_validate(ABOUT | {"authorisation_digest": DOCUMENT} | over)


def proof(**over: Any) -> RequestProof:
    return RequestProof.model_validate(ABOUT | {"evidence_type": "marriage"} | over)


def proposal(actor: Actor = CLERK, evidence_type: str = "marriage", **over: Any) -> ProposeDisposition:
    fields: dict[str, Any] = {
        "cause": DispositionCause.HISTORICAL,
        "materiality": "次要材料",
        "relation": "与已掌握材料相互印证",
        "risk": "风险可控",
        "proposed": DispositionOutcome.EXEMPTED,
        "legal_basis": "示例依据",
    }
    said = DispositionProposal.model_validate(fields | over)
    about = ABOUT | {"actor": actor, "evidence_type": evidence_type, "unit": "unit_1", "proposal": said}
    return ProposeDisposition.model_validate(about)


def codes(acted: Acted) -> list[str]:
    assert not (acted.errors and acted.events), "a refused act comes to nothing"
    assert all(error.message for error in acted.errors)
    return [error.code for error in acted.errors]


def types(acted: Acted) -> list[str]:
    assert acted.errors == ()
    return [body.type for body in acted.events]


Does = Callable[[Sight], Acted]
CHOOSES: Does = lambda s: choose(s, choice(), REF)  # noqa: E731
DECLARES: Does = lambda s: declare_origin(s, origin(historical=True), REF)  # noqa: E731
SUBMITS: Does = lambda s: submit_paper(s, paper(), REF)  # noqa: E731
SIGNS: Does = lambda s: sign_commitment(s, letter(), REF)  # noqa: E731
DEFERS: Does = lambda s: sign_deferral(s, owing(), REF)  # noqa: E731
CONSENTS: Does = lambda s: consent_assistance(s, consent(), REF)  # noqa: E731
PROPOSES: Does = lambda s: propose_disposition(s, proposal(), REF)  # noqa: E731
OPENS = {"paper": SUBMITS, "commitment": SIGNS, "deferral": DEFERS, "assistance": CONSENTS, "disposition": PROPOSES}
SAYS = {"choice": CHOOSES, "origin": DECLARES}


# --- what every act about a requirement is refused for ---------------------------------------------------------------


@pytest.mark.parametrize("does", [*OPENS.values(), *SAYS.values()], ids=[*OPENS, *SAYS])
@pytest.mark.parametrize(
    ("after", "code"),
    [
        ((ENDED,), "case_ended"),
        ((SETTLED,), "already_settled"),
        ((QUERIED,), "already_settled"),
        ((SPENT, ACCEPTED, DECIDED), "already_decided"),
    ],
    ids=["ended", "settled", "queried", "decided"],
)
def test_nothing_is_wanted_of_what_is_closed(does: Does, after: tuple[EventBody, ...], code: str) -> None:
    earlier = does is CONSENTS and code == "already_decided"
    assert codes(does(sight(standing(RULES, *after)))) == ["already_accepted" if earlier else code]


@pytest.mark.parametrize("does", [*OPENS.values(), *SAYS.values()], ids=[*OPENS, *SAYS])
def test_a_requirement_the_case_does_not_have_is_unknown(does: Does) -> None:
    case = standing()
    other = case.model_copy(update={"requirements": {}})
    assert codes(does(sight(other))) == ["unknown_requirement"]


@pytest.mark.parametrize("does", OPENS.values(), ids=OPENS)
def test_what_is_settled_provisionally_is_in_hand(does: Does) -> None:
    case = standing(RULES, opened(Route.PAPER_FIRST), provisional(), HISTORICAL)
    assert codes(does(sight(case))) == ["in_hand"]


@pytest.mark.parametrize("does", OPENS.values(), ids=OPENS)
def test_a_route_is_taken_once(does: Does) -> None:
    case = standing(RULES, HISTORICAL, opened(Route.VERIFICATION), reported(ReportKind.FAILED))
    refused = rules(item={"commitment_excluded": True}) if does is PROPOSES else RULES
    taken = does(sight(case, refused))
    route = next(b for b in taken.events if isinstance(b, RouteOpened))
    walked = standing(RULES, HISTORICAL, reported(ReportKind.FAILED), route)
    assert codes(does(sight(walked, refused))) == ["walking"]
    failed = RouteReport(
        stream=route.stream, sequence=3, requirement=KEY, route=route.route, kind=ReportKind.FAILED,
        detail="declined", basis="示例",
    )  # fmt: skip
    spent = standing(RULES, HISTORICAL, route, RouteReported(report=failed, used=True))
    assert codes(does(sight(spent, refused))) == ["tried_declined"]


@pytest.mark.parametrize("does", [SUBMITS, SIGNS, DEFERS, CONSENTS], ids=["paper", "commitment", "deferral", "help"])
def test_what_was_not_exempted_is_open_again_when_he_takes_a_way_still_to_be_had(does: Does) -> None:
    acted = does(sight(standing(RULES, SPENT)))
    reopened = next(b for b in acted.events if isinstance(b, RequirementReopened))
    assert (reopened.reason, reopened.stream) == ("choice", None)
    after = standing(RULES, SPENT, *acted.events)
    assert after.requirements[KEY].standing is not RequirementStanding.NOT_EXEMPTED


# --- choose and declare ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "route", [Route.ABOLISHED, Route.ELICENCE, Route.DATA_SHARING, Route.TRUSTED_DOCUMENT, Route.FLEXIBLE_DISPOSITION]
)
def test_some_routes_are_not_his_to_choose(route: Route) -> None:
    assert codes(choose(sight(standing()), choice(route), REF)) == ["not_his_choice"]


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize(
    "route",
    [Route.VERIFICATION, Route.PAPER_FIRST, Route.COMMITMENT, Route.DEFERRED_SUPPLY, Route.ASSISTANCE],
)
def test_a_choice_is_kept(route: Route, wanted: bool) -> None:
    acted = choose(sight(standing()), choice(route, wanted), REF)
    assert acted.events == (ChoiceMade(command=REF, requirement=KEY, route=route, wanted=wanted),)
    refused = [f.reason for f in sight(standing(RULES, *acted.events)).climb.findings if f.route is route]  # type: ignore[union-attr]
    assert (refused == ["refused_by_applicant"]) is not wanted


def test_assistance_he_will_not_have_any_more_is_called_off() -> None:
    case = standing(RULES, opened(Route.ASSISTANCE))
    acted = choose(sight(case), choice(Route.ASSISTANCE, wanted=False), REF)
    assert types(acted) == ["choice_made", "route_closed"]
    closed = acted.events[1]
    assert isinstance(closed, RouteClosed)
    assert (closed.stream, closed.reason) == (STREAM[Route.ASSISTANCE], CaseNewsKind.REVOKED)


def test_where_a_fact_comes_from_is_kept() -> None:
    acted = declare_origin(sight(standing()), origin(area="440100", abroad=True), REF)
    assert acted.events == (OriginDeclared(command=REF, requirement=KEY, area="440100", historical=False, abroad=True),)


# --- paper -----------------------------------------------------------------------------------------------------------


def test_a_paper_settles_provisionally_at_once_under_a_stream_of_its_own() -> None:
    acted = submit_paper(sight(standing()), paper(), REF)
    route, met = acted.events
    stream = paper_stream("marriage", subject_ref(1), DOCUMENT)
    assert isinstance(route, RouteOpened) and isinstance(met, RequirementProvisionallySettled)
    assert (route.command, route.stream, route.round, route.document_digest) == (REF, stream, 1, DOCUMENT)
    assert (met.ground, met.stream, met.evidence, met.evidence_digest) == (
        Route.PAPER_FIRST, stream, "marriage", DOCUMENT,
    )  # fmt: skip
    assert [f.reason for f in met.findings if f.route is Route.PAPER_FIRST] == ["tried_provisional"]


def test_another_paper_has_another_stream() -> None:
    assert paper_stream("marriage", "s_1", "a" * 64) != paper_stream("marriage", "s_1", "b" * 64)


@pytest.mark.parametrize(
    ("of", "said", "code"),
    [
        (RULES, paper(evidence_type="household"), "wrong_evidence"),
        (rules(routes=(Route.VERIFICATION,)), paper(), "left_out"),
        (rules(kind(), kind("household")), paper(evidence_type="no_crime"), "wrong_evidence"),
    ],
    ids=["another kind", "left out by the catalogue", "none of the alternatives"],
)
def test_a_paper_that_is_not_wanted_is_refused(of: ItemRules, said: SubmitPaper, code: str) -> None:
    assert codes(submit_paper(sight(standing(of), of), said, REF)) == [code]


def test_the_kind_he_holds_decides_which_alternative_is_met() -> None:
    of = rules(kind(), kind("household"))
    acted = submit_paper(sight(standing(of), of), paper(evidence_type="household"), REF)
    assert [b.evidence for b in acted.events if isinstance(b, RouteOpened)] == ["household"]


# --- commitment ------------------------------------------------------------------------------------------------------


def test_a_signed_letter_begins_a_commitment_that_does_not_count_yet() -> None:
    (route,) = sign_commitment(sight(standing()), letter(), REF).events
    assert isinstance(route, RouteOpened)
    assert (route.route, route.stream, route.document_digest) == (
        Route.COMMITMENT, STREAM[Route.COMMITMENT], LETTER,
    )  # fmt: skip
    assert standing(RULES, route).requirements[KEY].standing is RequirementStanding.OPEN


@pytest.mark.parametrize(
    ("of", "said", "code"),
    [
        (rules(kind(commitment_listed=False)), letter(), "not_on_commitment_list"),
        (rules(item={"commitment_excluded": True}), letter(), "commitment_domain_excluded"),
        (rules(commitments=()), letter(), "commitment_terms_missing"),
        (rules(commitments=(terms(predicate="party.town == '浔中'"),)), letter(), "commitment_predicate_false"),
        (RULES, letter(letter_version="letter_0"), "letter_version_superseded"),
        (RULES, letter(signed_at=NOW + timedelta(seconds=1)), "signed_in_future"),
        (RULES, letter(signed_by=SignedBy.PROXY), "signed_by_proxy"),
        (RULES, letter(signed_by=SignedBy.SEAL), "person_has_no_seal"),
        (RULES, letter(signer_party_id="p2"), "signer_not_himself"),
        (RULES, letter(evidence_type="household"), "wrong_evidence"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_a_commitment_that_is_closed_is_refused_with_the_reason(of: ItemRules, said: SignCommitment, code: str) -> None:
    assert codes(sign_commitment(sight(standing(of), of), said, REF)) == [code]


def test_a_commitment_he_refused_is_closed_until_he_wants_it() -> None:
    no = ChoiceMade(command=None, requirement=KEY, route=Route.COMMITMENT, wanted=False)
    yes = no.model_copy(update={"wanted": True})
    assert codes(SIGNS(sight(standing(RULES, no)))) == ["refused_by_applicant"]
    assert types(SIGNS(sight(standing(RULES, no, yes)))) == ["route_opened"]


WITHDRAW = WithdrawCommitment.model_validate(ABOUT | {"reason": "不再承诺"})
SIGNED = (opened(Route.COMMITMENT, document_digest=LETTER),)
COUNTED = (*SIGNED, reported(ReportKind.PROVISIONAL, Route.COMMITMENT), provisional(Route.COMMITMENT))


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ((), "no_commitment"),
        ((SETTLED,), "no_commitment"),
        ((*SIGNED, reported(ReportKind.FAILED, Route.COMMITMENT)), "no_commitment"),
        ((*COUNTED, ENDED), "case_ended"),
        ((*COUNTED, ACCEPTED, DECIDED), "already_decided"),
    ],
    ids=["none", "settled otherwise", "not counted", "ended", "decided"],
)
def test_a_commitment_is_taken_back_before_the_decision_only(after: tuple[EventBody, ...], code: str) -> None:
    assert codes(withdraw_commitment(sight(standing(RULES, *after)), WITHDRAW, REF)) == [code]


def test_there_is_no_commitment_on_what_the_case_does_not_know() -> None:
    command_ = WITHDRAW.model_copy(update={"requirement_code": "other"})
    assert codes(withdraw_commitment(sight(standing()), command_, REF)) == ["unknown_requirement"]


@pytest.mark.parametrize(
    ("after", "comes_to"),
    [
        (SIGNED, ["route_closed"]),
        (COUNTED, ["route_closed", "requirement_reopened"]),
        ((*SIGNED, opened(Route.PAPER_FIRST), provisional()), ["route_closed"]),
    ],
    ids=["not counted yet", "the requirement rests on it", "it rests on a paper"],
)
def test_taking_it_back_opens_what_rested_on_it(after: tuple[EventBody, ...], comes_to: list[str]) -> None:
    acted = withdraw_commitment(sight(standing(RULES, *after)), WITHDRAW, REF)
    assert types(acted) == comes_to
    closed = acted.events[0]
    assert isinstance(closed, RouteClosed) and closed.reason is CaseNewsKind.REVOKED
    assert standing(RULES, *after, *acted.events).requirements[KEY].settled_stream != STREAM[Route.COMMITMENT]


# --- deferral --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "said", "code"),
    [
        (rules(deferrable=False, deferral=None), owing(), "not_deferrable"),
        (rules(deferral=None), owing(), "deferral_terms_missing"),
        (RULES, owing(by_proxy=True), "proxy_without_authorisation"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_a_deferral_that_is_closed_is_refused_with_the_reason(of: ItemRules, said: SignDeferral, code: str) -> None:
    assert codes(sign_deferral(sight(standing(of), of), said, REF)) == [code]


@pytest.mark.parametrize("said", [owing(), owing(by_proxy=True, authorisation_digest=DOCUMENT)], ids=["self", "proxy"])
def test_a_signed_deferral_waits_for_the_word_on_credit(said: SignDeferral) -> None:
    letter_, route = sign_deferral(sight(standing()), said, REF).events
    assert letter_ == DeferralSigned(command=REF, requirement=KEY, letter_digest=LETTER)
    assert isinstance(route, RouteOpened) and route.stream == STREAM[Route.DEFERRED_SUPPLY]
    assert standing(RULES, letter_, route).requirements[KEY].standing is RequirementStanding.OPEN


def test_only_what_is_owed_is_supplied() -> None:
    supply = SupplyDeferred.model_validate(ABOUT | {"document_digest": DOCUMENT})
    assert codes(supply_deferred(sight(standing()), supply, REF)) == ["nothing_owed"]
    owed = standing(RULES, opened(Route.DEFERRED_SUPPLY), provisional(Route.DEFERRED_SUPPLY), OWED)
    acted = supply_deferred(sight(owed), supply, REF)
    assert types(acted) == ["deferred_supplied"]
    after = standing(RULES, opened(Route.DEFERRED_SUPPLY), provisional(Route.DEFERRED_SUPPLY), OWED, *acted.events)
    assert after.deferrals_owed == ()


@pytest.mark.parametrize("does", [SUBMITS, SIGNS, DEFERS], ids=["paper", "commitment", "deferral"])
@pytest.mark.parametrize("before", [Route.COMMITMENT, Route.DEFERRED_SUPPLY])
def test_another_way_takes_back_what_was_signed_and_does_not_count_yet(does: Does, before: Route) -> None:
    case = standing(RULES, opened(before))
    acted = does(sight(case))
    if acted.errors:
        assert codes(acted) == ["walking"], "the same once more"
        return
    closed = acted.events[0]
    assert isinstance(closed, RouteClosed)
    assert (closed.route, closed.reason, closed.command) == (before, CaseNewsKind.REVOKED, REF)


# --- assistance ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "actor", "after", "code"),
    [
        (RULES, Actor(kind=ActorKind.APPLICANT, actor_id="a-1"), (), "window_only"),
        (RULES, Actor(kind=ActorKind.CASE_HELPER, actor_id="h-1", department=JUSTICE), (), "window_only"),
        (RULES, CLERK, (ACCEPTED,), "already_accepted"),
        (rules(item={"assistance": False}), CLERK, (), "not_in_assistance_scope"),
    ],
    ids=["himself", "the helper", "after acceptance", "out of scope"],
)
def test_assistance_is_opened_by_the_window_before_acceptance(
    of: ItemRules, actor: Actor, after: tuple[EventBody, ...], code: str
) -> None:
    assert codes(consent_assistance(sight(standing(of, *after), of), consent(actor=actor), REF)) == [code]


@pytest.mark.parametrize("kind_", [ActorKind.CLERK, ActorKind.BUSINESS_SYSTEM])
def test_consent_and_mandate_begin_assistance(kind_: ActorKind) -> None:
    actor = Actor(kind=kind_, actor_id="w-1", department=JUSTICE)
    (route,) = consent_assistance(sight(standing()), consent(actor=actor), REF).events
    assert isinstance(route, RouteOpened)
    assert (route.route, route.document_digest) == (Route.ASSISTANCE, DOCUMENT)


def test_consent_is_taken_back_while_it_is_under_way() -> None:
    revoke = RevokeAssistance.model_validate(ABOUT | {"reason": "自行办理"})
    assert codes(revoke_assistance(sight(standing()), revoke, REF)) == ["no_assistance"]
    walking = standing(RULES, opened(Route.ASSISTANCE))
    acted = revoke_assistance(sight(walking), revoke, REF)
    assert types(acted) == ["route_closed"]
    gone = standing(RULES, opened(Route.ASSISTANCE), *acted.events)
    assert codes(revoke_assistance(sight(gone), revoke, REF)) == ["no_assistance"]


# --- a proof of his own ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "said", "code"),
    [
        (RULES, proof(requirement_code="other"), "unknown_requirement"),
        (RULES, proof(evidence_type="household"), "wrong_evidence"),
        (rules(kind(producing_item=None)), proof(), "wrong_evidence"),
    ],
    ids=["unknown", "another kind", "no item gives it"],
)
def test_a_proof_nobody_can_give_is_refused(of: ItemRules, said: RequestProof, code: str) -> None:
    assert codes(request_proof(sight(standing(of), of), said, REF)) == [code]


@pytest.mark.parametrize("after", [(), (SETTLED,), (SPENT,)], ids=["open", "settled", "not exempted"])
def test_he_is_handed_to_the_issuers_item_and_nothing_else_changes(after: tuple[EventBody, ...]) -> None:
    case = standing(RULES, *after)
    (asked,) = request_proof(sight(case), proof(), REF).events
    assert asked == ProofRequested(
        command=REF,
        requirement=KEY,
        evidence="marriage",
        issuer="德化县公安局",
        issuing_item="开具证明",
        follow_no=f"{APPLICATION_NO}/{KEY}/marriage",
    )
    assert standing(RULES, *after, asked).requirements == case.requirements


def test_a_proof_of_a_public_service_is_asked_of_that_service() -> None:
    of = rules(kind(producing_item=None, public_service_item="查询", issuer_name=None))
    (asked,) = request_proof(sight(standing(of), of), proof(), REF).events
    assert isinstance(asked, ProofRequested)
    assert asked.issuing_item == "查询" and asked.issuer


# --- flexible disposition --------------------------------------------------------------------------------------------

UNABLE = (HISTORICAL, opened(Route.VERIFICATION), reported(ReportKind.FAILED))
NO_COMMITMENT = rules(item={"commitment_excluded": True})


def test_the_department_proposes_where_nothing_else_is_open() -> None:
    case = standing(NO_COMMITMENT, *UNABLE)
    (route,) = propose_disposition(sight(case, NO_COMMITMENT), proposal(), REF).events
    assert isinstance(route, RouteOpened)
    assert (route.route, route.stream) == (Route.FLEXIBLE_DISPOSITION, STREAM[Route.FLEXIBLE_DISPOSITION])


@pytest.mark.parametrize(
    ("of", "after", "said", "code"),
    [
        (NO_COMMITMENT, UNABLE, proposal(Actor(kind=ActorKind.CLERK, actor_id="c", department=HOUSING)),
         "wrong_department"),
        (NO_COMMITMENT, UNABLE, proposal(SYSTEM.model_copy(update={"department": JUSTICE})), "wrong_department"),
        (NO_COMMITMENT, UNABLE, proposal(proposed=DispositionOutcome.SUBSTITUTED), "substitute_missing"),
        (NO_COMMITMENT, UNABLE, proposal(proposed=DispositionOutcome.CONDITIONAL), "condition_missing"),
        (NO_COMMITMENT, UNABLE, proposal(proposed=DispositionOutcome.CONDITIONAL, condition="补交"),
         "condition_missing"),
        (NO_COMMITMENT, UNABLE, proposal(proposed=DispositionOutcome.CONDITIONAL, condition_days=5),
         "condition_missing"),
        (NO_COMMITMENT, UNABLE, proposal(evidence_type="household"), "wrong_evidence"),
        (NO_COMMITMENT, UNABLE[1:], proposal(), "no_cause"),
        (NO_COMMITMENT, (*UNABLE[1:], HISTORICAL.model_copy(update={"area": "440100", "abroad": True})), proposal(),
         "abroad_is_not_out_of_province"),
        (NO_COMMITMENT, UNABLE[:2], proposal(), "other_routes_open"),
        (RULES, UNABLE, proposal(), "other_routes_open"),
    ],
    ids=["another department", "the system", "no substitute", "no condition", "no days", "only days", "another kind",
         "no cause", "abroad", "verification is walking", "a commitment is open"],
)  # fmt: skip
def test_a_proposal_is_refused_with_its_reason(
    of: ItemRules, after: tuple[EventBody, ...], said: ProposeDisposition, code: str
) -> None:
    assert codes(propose_disposition(sight(standing(of, *after), of), said, REF)) == [code]


@pytest.mark.parametrize(
    "said",
    [
        proposal(proposed=DispositionOutcome.SUBSTITUTED, substitute="亲属陈述"),
        proposal(proposed=DispositionOutcome.CONDITIONAL, condition="补交", condition_days=5),
        proposal(proposed=DispositionOutcome.NOT_EXEMPTED),
        proposal(proposed=DispositionOutcome.OWN_INQUIRY),
    ],
    ids=["substituted", "conditional", "not exempted", "own inquiry"],
)
def test_every_outcome_may_be_proposed(said: ProposeDisposition) -> None:
    case = standing(NO_COMMITMENT, *UNABLE)
    assert types(propose_disposition(sight(case, NO_COMMITMENT), said, REF)) == ["route_opened"]


@pytest.mark.parametrize("route", [Route.COMMITMENT, Route.ASSISTANCE])
def test_having_refused_another_way_never_blocks_a_disposition(route: Route) -> None:
    no = ChoiceMade(command=None, requirement=KEY, route=route, wanted=False)
    of = RULES if route is Route.COMMITMENT else NO_COMMITMENT
    assert types(propose_disposition(sight(standing(of, *UNABLE, no), of), proposal(), REF)) == ["route_opened"]


def test_an_applicant_made_material_is_closed_to_every_act() -> None:
    case: Case = standing()
    made = case.requirements[KEY].model_copy(update={"standing": RequirementStanding.APPLICANT_MADE})
    his = case.model_copy(update={"requirements": {KEY: made}})
    for does in (*OPENS.values(), *SAYS.values()):
        assert codes(does(sight(his))) == ["already_settled"]
