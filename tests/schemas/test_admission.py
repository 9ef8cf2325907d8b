from __future__ import annotations

from typing import Any

import pytest

from schemas.admission import check, raise_requirements
from schemas.application import ApplicationRequest, Demand
from schemas.catalogue import Alternative, EvidenceType, ItemRules, ServiceItem
from schemas.codes import ItemType, PartyKind, Route, Sensitivity, SourceAttribute
from schemas.errors import InvalidInput
from schemas.identifiers import make_application_no
from schemas.rules import rules_for
from tests.schemas.builders import (
    DIGEST,
    HOUSING,
    ITEM,
    JUSTICE,
    PERSON,
    TODAY,
    catalogue,
    company,
    demand,
    evidence_type,
    party,
    request,
    requirement,
    rules,
    source,
    spouse,
    volunteered,
)

# --- from the catalogue to the rules of one case ---------------------------------------------------------------------


def test_the_slice_holds_what_the_item_needs_and_no_more() -> None:
    of = rules(requirement("need", "marriage", "household"), requirement("clean", "no_crime", role="spouse"))
    assert [r.code for r in of.requirements] == ["need", "clean"]
    assert set(of.evidence) == {"marriage", "household", "no_crime"}
    assert (of.ref.version, of.ref.digest, of.county, of.item_code) == ("dehua_2026_1", DIGEST, "350526", ITEM)
    assert (of.department, of.department_name, of.notice_working_days) == (JUSTICE, "德化县司法局", 5)
    assert of.role_names == {"applicant": "申请人", "spouse": "配偶", "deceased": "被继承人"}
    marriage, crime = of.evidence["marriage"], of.evidence["no_crime"]
    assert (marriage.retained, marriage.paper_exempt, marriage.commitment_listed) == (True, True, False)
    assert (crime.retained, crime.paper_exempt, crime.commitment_listed) == (True, False, True)
    assert [s.route for s in marriage.sources] == [Route.ELICENCE]


def test_requirements_of_another_item_stay_out() -> None:
    other = requirement("other", "household", item_code="bm_other")
    assert [r.code for r in rules(requirement("need", "marriage"), other).requirements] == ["need"]


def test_an_unknown_item_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        rules_for(catalogue(), DIGEST, HOUSING + ITEM[18:])
    (error,) = caught.value.errors
    assert (error.field, error.code) == ("item_code", "unknown_item")


def test_cancellation_is_by_evidence_and_issuer() -> None:
    of = rules(requirement("r1", "no_crime"), requirement("r2", "no_crime@village"), requirement("r3", "alive"))
    assert of.evidence["no_crime"].cancelled_by is None
    assert of.evidence["no_crime@village"].cancelled_by == "民发〔2020〕20号"
    assert of.evidence["alive"].cancelled_by == "民发〔2020〕20号"


def test_another_issuer_is_neither_listed_nor_a_source() -> None:
    of = rules(requirement("r1", "household@village"), requirement("r2", "household@police"))
    foreign, own = of.evidence["household@village"], of.evidence["household@police"]
    assert (foreign.retained, foreign.sources, foreign.cancelled_by) == (False, (), None)
    assert own.retained
    assert own.sources


def test_all_unknown_issuers_of_demands_are_named_at_once() -> None:
    asked = (demand(issuer_class="moon"), demand(), demand("户籍证明", issuer_class="mars"))
    with pytest.raises(InvalidInput) as caught:
        rules(demands=asked)
    assert [(e.field, e.code) for e in caught.value.errors] == [
        ("demands.0.issuer_class", "unknown_issuer"),
        ("demands.2.issuer_class", "unknown_issuer"),
    ]


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        pytest.param(demand("健在证明", "village"), "alive@village", id="by name"),
        pytest.param(demand("alive", "village"), "alive@village", id="by code"),
        pytest.param(demand("前世证明", "village"), None, id="on no list"),
        pytest.param(demand("household@police", "police"), None, id="a key is no name"),
    ],
)
def test_demands_are_resolved_by_code_or_name(asked: Demand, key: str | None) -> None:
    of = rules(demands=(asked,))
    assert of.demands == (key,)
    assert (key in of.evidence) == (key is not None)


@pytest.mark.parametrize(
    ("attribute", "missing"),
    [
        (SourceAttribute.APPLICANT, "format_and_sample"),
        (SourceAttribute.GOVERNMENT, "issuer_class"),
        (SourceAttribute.GOVERNMENT, "producing_item"),
        (SourceAttribute.GOVERNMENT, "kind"),
        (SourceAttribute.OTHER, "issuer_class"),
        (SourceAttribute.OTHER, "public_service_sector"),
        (SourceAttribute.OTHER, "public_service_item"),
        (SourceAttribute.OTHER, "kind"),
    ],
)
def test_a_source_attribute_needs_its_companions(attribute: SourceAttribute, missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        evidence_type("proof", "证明", source_attribute=attribute, **{missing: None})
    assert isinstance(evidence_type("proof", "证明", source_attribute=attribute), EvidenceType)


@pytest.mark.parametrize(
    ("route", "platform"),
    [("elicence", "data_sharing"), ("data_sharing", "elicence_national"), ("trusted_document", "elicence_provincial")],
)
def test_a_platform_must_serve_its_route(route: str, platform: str) -> None:
    with pytest.raises(ValueError, match="不提供路径"):
        source(Route(route), platform=platform)


@pytest.mark.parametrize("route", ["verification", "commitment", "abolished"])
def test_only_sharing_routes_have_sources(route: str) -> None:
    with pytest.raises(ValueError, match="route"):
        source(Route.ELICENCE).model_validate(source(Route.ELICENCE).model_dump() | {"route": route})


@pytest.mark.parametrize(
    ("code", "item_type", "accepted"),
    [
        (ITEM, ItemType.LICENSING, True),
        (ITEM[:-1] + "X", ItemType.LICENSING, False),
        ("bm_water_bill", ItemType.PUBLIC_SERVICE, True),
        ("bm_water_bill", ItemType.LICENSING, False),
        ("water_bill", ItemType.PUBLIC_SERVICE, False),
    ],
)
def test_an_item_has_a_real_code_or_is_a_convenience_service(code: str, item_type: ItemType, accepted: bool) -> None:
    raw = catalogue().items[0].model_dump() | {"code": code, "item_type": item_type}
    if accepted:
        assert ServiceItem.model_validate(raw).code == code
    else:
        with pytest.raises(ValueError, match=r"code|实施编码"):
            ServiceItem.model_validate(raw)


# --- may this request become a case? ---------------------------------------------------------------------------------

RULES = rules(
    requirement("need", "marriage", "household"),
    requirement("clean", "no_crime", role="spouse"),
    requirement("paper", "form"),
)


def refusals(asked: ApplicationRequest, of: ItemRules = RULES) -> list[tuple[str, str]]:
    errors = check(asked, of)
    assert all(error.message for error in errors)
    return [(error.field, error.code) for error in errors]


def test_a_good_request_has_no_errors() -> None:
    asked = request(party(), spouse(), volunteered=(volunteered(), volunteered("clean", "no_crime", "p2")))
    assert refusals(asked) == []


DEAD = {"kind": PartyKind.DECEASED}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(
            request(party(role="witness")), [("parties.0.role", "unknown_role"), ("parties", "role_missing")], id="role"
        ),
        pytest.param(request(spouse()), [("parties", "role_missing")], id="nobody applies"),
        pytest.param(request(party(), spouse("p1")), [("parties.1.party_id", "duplicate_party")], id="one id for two"),
        pytest.param(
            request(party(), party("p2")), [("parties.1.id_number", "same_party_twice")], id="one person twice"
        ),
        pytest.param(
            request(company(id_type="099", id_number="qz-1"), company("c2", id_type="099", id_number="QZ-1")),
            [("parties.1.id_number", "same_party_twice")],
            id="one number in two cases of letters",
        ),
        pytest.param(request(party(**DEAD)), [("parties.0.kind", "deceased_applicant")], id="dead applicant"),
        pytest.param(request(party(), spouse(id_number=PERSON)), [], id="one person in two roles"),
        pytest.param(request(party(), party("p2", "deceased", **DEAD)), [], id="the dead as such"),
        pytest.param(
            request(volunteered=(volunteered("nothing"),)),
            [("volunteered.0.requirement_code", "unknown_requirement")],
            id="volunteered for nothing",
        ),
        pytest.param(
            request(volunteered=(volunteered(party_id="p9"),)),
            [("volunteered.0.party_id", "not_a_party")],
            id="volunteered by a stranger",
        ),
        pytest.param(
            request(volunteered=(volunteered("nothing", party_id="p9"),)),
            [("volunteered.0.requirement_code", "unknown_requirement"), ("volunteered.0.party_id", "not_a_party")],
            id="both at once",
        ),
        pytest.param(
            request(volunteered=(volunteered("clean", "no_crime"),)),
            [("volunteered.0.party_id", "wrong_role")],
            id="volunteered in the wrong role",
        ),
        pytest.param(
            request(volunteered=(volunteered("need", "no_crime"),)),
            [("volunteered.0.evidence_type", "wrong_evidence")],
            id="volunteered evidence of another kind",
        ),
        pytest.param(
            request(volunteered=(volunteered(), volunteered(evidence="household"))),
            [("volunteered.1.requirement_code", "volunteered_twice")],
            id="volunteered twice",
        ),
    ],
)
def test_each_error_names_its_field(asked: ApplicationRequest, expected: list[tuple[str, str]]) -> None:
    assert refusals(asked) == expected


SISTER = f"{ITEM[:-1]}2"
ANOTHER = [("application_no", "number_of_another_item")]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(make_application_no(ITEM, TODAY, 1), [], id="of this item"),
        pytest.param(make_application_no(SISTER, TODAY, 1), ANOTHER, id="of the item beside it"),
        pytest.param(make_application_no(HOUSING + ITEM[18:], TODAY, 1), ANOTHER, id="of another department"),
        pytest.param("QZ-2026-0001", [], id="of another system"),
        pytest.param(f"{SISTER}202602300001", [], id="nearly ours: no such day"),
        pytest.param(f"{SISTER}20260302001", [], id="nearly ours: too short"),
    ],
)
def test_a_number_of_our_own_form_begins_with_its_item(number: str, expected: list[tuple[str, str]]) -> None:
    assert refusals(request(application_no=number)) == expected


def test_a_convenience_service_has_no_numbers_of_our_own_form() -> None:
    of = RULES.model_copy(update={"item_code": "bm_water_bill"})
    own = make_application_no(ITEM, TODAY, 1)
    assert refusals(request(item_code="bm_water_bill", application_no=own), of) == ANOTHER
    assert refusals(request(item_code="bm_water_bill", application_no="QZ-1"), of) == []


def test_a_wrong_number_does_not_hide_what_else_is_wrong() -> None:
    asked = request(spouse(), application_no=make_application_no(SISTER, TODAY, 1))
    assert refusals(asked) == [*ANOTHER, ("parties", "role_missing")]


@pytest.mark.parametrize(
    ("demands", "expected"),
    [
        pytest.param((demand(party_id="p9"),), [("demands.0.party_id", "not_a_party")], id="about a stranger"),
        pytest.param((demand(), demand()), [("demands.1.evidence", "demanded_twice")], id="twice"),
        pytest.param((demand(), demand("alive")), [("demands.1.evidence", "demanded_twice")], id="by name and by code"),
        pytest.param(
            (demand("前世证明"), demand("前世证明")), [("demands.1.evidence", "demanded_twice")], id="unlisted"
        ),
        pytest.param((demand(), demand(issuer_class="police")), [], id="of two issuers"),
    ],
)
def test_demands_are_checked(demands: tuple[Demand, ...], expected: list[tuple[str, str]]) -> None:
    of = rules(requirement("need", "marriage"), demands=demands)
    assert refusals(request(demands=demands), of) == expected


# --- which requirements does it raise? -------------------------------------------------------------------------------


def test_every_rule_is_raised_for_every_party_of_its_role() -> None:
    raised = raise_requirements(request(party(), spouse(), spouse("p3", id_number="350526199003071237")), RULES)
    assert [r.key for r in raised] == ["need/p1", "clean/p2", "clean/p3", "paper/p1"]
    assert raised[0].names == ("结婚证", "户籍证明")
    assert [r.applicant_made for r in raised] == [False, False, False, True]


@pytest.mark.parametrize(
    ("asked", "raised"),
    [
        pytest.param(demand("marriage", "civil_affairs"), None, id="required anyway"),
        pytest.param(demand("户籍证明", "police"), None, id="required anyway as an alternative"),
        pytest.param(
            demand("no_crime", "police"), ("no_crime@police", "无犯罪记录证明"), id="required of another party"
        ),
        pytest.param(demand("marriage", "village"), ("marriage@village", "结婚证"), id="from another issuer"),
        pytest.param(demand("健在证明", "village"), ("alive@village", "健在证明"), id="cancelled"),
        pytest.param(demand("前世证明", "village"), ("前世证明", "前世证明"), id="on no list"),
    ],
)
def test_a_demand_raises_what_is_not_required_anyway(asked: Demand, raised: tuple[str, str] | None) -> None:
    of = rules(requirement("need", "marriage", "household"), demands=(asked,))
    extra = raise_requirements(request(demands=(asked,)), of)[1:]
    if raised is None:
        assert extra == ()
    else:
        (only,) = extra
        assert (only.key, only.rule, only.evidence, only.names) == ("demand_0/p1", None, (raised[0],), (raised[1],))
        assert not only.applicant_made


def test_what_is_required_of_one_party_may_be_demanded_of_another() -> None:
    asked = (demand("no_crime", "police"), demand("no_crime", "police", "p2"))
    of = rules(requirement("clean", "no_crime", role="spouse"), demands=asked)
    raised = raise_requirements(request(party(), spouse(), demands=asked), of)
    assert [r.key for r in raised] == ["clean/p2", "demand_0/p1"]


def test_a_demand_for_applicant_made_material_is_out_of_scope() -> None:
    asked = demand("申请表", "police")
    of = rules(requirement("need", "marriage"), demands=(asked,))
    assert raise_requirements(request(demands=(asked,)), of)[1].applicant_made


def test_keys_stay_apart_whatever_is_demanded() -> None:
    demands: tuple[Demand, ...] = (demand("甲证明"), demand("乙证明"), demand("甲证明", "police"))
    of = rules(requirement("need", "marriage"), demands=demands)
    keys = [r.key for r in raise_requirements(request(demands=demands), of)]
    assert keys == ["need/p1", "demand_0/p1", "demand_1/p1", "demand_2/p1"]


def test_alternatives_keep_their_order_of_preference() -> None:
    of = rules(requirement("need", "household", "marriage"))
    assert raise_requirements(request(), of)[0].evidence == ("household", "marriage")
    assert Alternative(evidence_type="household") in requirement("need", "household", "marriage").alternatives


def test_authorisations_are_taken_with_the_party() -> None:
    given: dict[str, Any] = {"scope": Sensitivity.BANK, "document_digest": DIGEST}
    assert party(authorisations=[given]).authorisations[0].scope is Sensitivity.BANK
