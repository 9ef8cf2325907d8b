"""What stands in the folder of 德化县: enough of it, honest about its sources, and every rule of it works."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import infra.sandbox
from infra.catalogue.store import digest_of
from schemas.admission import raise_requirements
from schemas.application import Demand
from schemas.catalogue import Catalogue
from schemas.codes import EvidenceKind, ItemDomain, Polarity, Route, Sensitivity, SourceAttribute
from schemas.condition import meets
from schemas.ladder import Ask, Climb, GiveUp, Query, Settle
from schemas.rules import rules_for
from tests.catalogue.climbing import climb_of, item_named, request_for
from tests.catalogue.folders import COUNTY

RECORDS = Path(infra.sandbox.__file__).parent / "records.yaml"


def test_there_is_enough_of_it(real: Catalogue) -> None:
    assert len(real.evidence_types) >= 60
    assert len(real.items) >= 12
    assert len({i.department for i in real.items}) >= 6
    assert (real.county, real.county_name, real.effective_from) == ("350526", "德化县", date(2026, 1, 1))
    assert len(digest_of(real)) == 64
    assert len([c for c in real.cancellations if c.issuer_class == "village_committee"]) == 20


def test_every_row_says_where_it_comes_from(real: Catalogue) -> None:
    parts = (
        real.lists,
        real.departments,
        real.evidence_types,
        real.sources,
        real.cancellations,
        real.items,
        real.requirements,
        real.bodies,
        real.commitments,
        real.deferrals,
    )
    for provenance in (row.provenance for part in parts for row in part):
        source, _, invented = provenance.partition("synthetic")
        assert invented or source
        # A source is an address or a document number, so that it can be looked up.
        assert not source or re.search(r"\w\.(cn|com|org|net)|〔20\d\d〕|（2025）", source), provenance


def test_what_is_invented_is_marked(real: Catalogue) -> None:
    """Department and item codes are fictional; of the resource codes only those of 不动产 are published."""
    assert all("synthetic" in d.provenance for d in real.departments)
    assert all("synthetic" in b.provenance for b in real.bodies)
    assert all("synthetic" in t.provenance for t in real.commitments)
    assert all("synthetic" in t.provenance for t in real.deferrals)
    assert all("synthetic" in i.provenance for i in real.items)
    assert all("synthetic" in r.provenance for r in real.requirements)
    published = {s.resource_code for s in real.sources if "synthetic" not in s.provenance}
    assert published == {"11100000MB03271699001", "11100000MB03271699022"}
    assert all("synthetic" in v.provenance for v in real.lists)


def test_the_variety_the_rules_must_bear(real: Catalogue) -> None:
    """Every kind of row occurs, so that a field nobody uses is noticed."""
    types = {t.code: t for t in real.evidence_types}
    assert {t.kind for t in real.evidence_types} == {None, *EvidenceKind}
    assert {t.source_attribute for t in real.evidence_types} == set(SourceAttribute)
    assert {t.sensitivity for t in real.evidence_types} == set(Sensitivity)
    assert {t.polarity for t in real.evidence_types} == set(Polarity)
    assert {s.route for s in real.sources} == {Route.ELICENCE, Route.DATA_SHARING, Route.TRUSTED_DOCUMENT}
    assert any(len(r.accepted_statuses) > 1 for r in real.requirements)
    assert any(r.deferrable for r in real.requirements)
    assert any(len(r.alternatives) > 1 for r in real.requirements)
    assert any(r.routes and r.routes[1] is Route.TRUSTED_DOCUMENT for r in real.requirements)
    assert any(r.routes and Route.COMMITMENT not in r.routes for r in real.requirements)
    assert 1 <= len([r for r in real.requirements if r.condition]) <= 8
    with_source = {s.evidence_type for s in real.sources}
    assert any(types[c].kind is EvidenceKind.FACT and c not in with_source for c in real.list_entries["retained"])


def test_nothing_of_fireworks_and_hazardous_chemicals_is_open_to_commitment(real: Catalogue) -> None:
    """By the domain of the item: even a kind of evidence that is on the commitment list is refused there."""
    items = [i for i in real.items if i.department == "emergency"]
    assert len(items) == 4
    for item in items:
        rules = rules_for(real, "0" * 64, item.code)
        assert (rules.domain, rules.commitment_excluded) == (ItemDomain.PUBLIC_SAFETY, True)
        assert not any(r.commitments for r in rules.requirements)
    listed = rules_for(real, "0" * 64, items[0].code).evidence["premises_proof"]
    assert listed.commitment_listed


def test_a_licence_asked_of_two_platforms_has_two_resource_codes(real: Catalogue) -> None:
    codes = {s.resource_code for s in real.sources if s.evidence_type == "real_estate_certificate"}
    assert len(codes) == 2


def items() -> list[str]:
    with (COUNTY / "items.csv").open(encoding="utf-8") as opened:
        return [line.split(",")[0] for line in opened][1:]


@pytest.mark.parametrize("code", items())
def test_every_requirement_of_every_item_climbs_to_its_end(real: Catalogue, code: str) -> None:
    """With every source answering "no record", each requirement reaches an end, and never asks twice the same."""
    rules = rules_for(real, "0" * 64, code)
    request = request_for(rules)
    raised = raise_requirements(request, rules)
    assert {r.rule for r in raised} == {r.code for r in rules.requirements}
    assert rules.requirements
    for requirement in raised:
        if requirement.applicant_made:
            continue
        asked: list[Climb] = []
        while True:
            step = climb_of(rules, requirement, tuple(a.decision for a in asked if isinstance(a.decision, Ask)))
            assert not isinstance(step.decision, Query)
            if not isinstance(step.decision, Ask):
                break
            asked.append(step)
            assert len(asked) <= 12
        assert isinstance(step.decision, (Settle, GiveUp))
        routes = {f.route for f in step.findings}
        assert routes == set(Route) or isinstance(step.decision, Settle)


@pytest.mark.parametrize(
    ("item", "requirement", "expected"),
    [
        ("不动产继承（受遗赠）转移登记", "estate_inheritance_inheritance_right", "settle"),
        ("养犬登记", "dog_registration_dog_keeping", "settle"),
        ("高龄老人生活补贴", "elder_subsidy_alive_proof", "settle"),
        ("公司设立登记", "company_premises", "elicence"),
        ("不动产转移登记", "estate_transfer_tax_payment", "data_sharing"),
        ("不动产转移登记", "estate_transfer_invoice_between_units", "trusted_document"),
        ("学生公交优待证", "student_card_school_enrolment", "trusted_document"),
        ("律师执业核准", "lawyer_no_criminal_record", "data_sharing"),
        ("住房公积金贷款", "fund_loan_credit_standing", "trusted_document"),
        ("普通护照、往来港澳台通行证签发", "exit_document_employer_exit_consent", "give_up"),
        ("采矿权延续登记", "mining_renewal_mining_licence", "give_up"),
    ],
)
def test_where_well_known_requirements_begin(real: Catalogue, item: str, requirement: str, expected: str) -> None:
    rules = rules_for(real, "0" * 64, item_named(real, item).code)
    (raised,) = (r for r in raise_requirements(request_for(rules), rules) if r.rule == requirement)
    decision = climb_of(rules, raised).decision
    found = decision.source.route.value if isinstance(decision, Ask) else decision.decision
    assert found == expected


@pytest.mark.parametrize(
    ("evidence", "issuer", "expected"),
    [
        ("无犯罪记录证明", "village_committee", "settle"),
        ("健在证明", "village_committee", "settle"),
        ("缴费票据遗失证明", "village_committee", "query"),
        ("转学证明", "education", "query"),
        ("从未听说的证明", "police", "query"),
    ],
)
def test_what_a_guide_still_demands(real: Catalogue, evidence: str, issuer: str, expected: str) -> None:
    demands = (Demand(evidence=evidence, issuer_class=issuer, party_id="applicant"),)
    rules = rules_for(real, "0" * 64, "bm_student_card", demands)
    raised = raise_requirements(request_for(rules, demands), rules)[-1]
    assert climb_of(rules, raised).decision.decision == expected


def test_the_doubles_hold_what_meets_and_what_fails_every_condition(real: Catalogue) -> None:
    records: dict[str, Any] = yaml.safe_load(RECORDS.read_text(encoding="utf-8"))
    conditioned = [(r.condition, a.evidence_type) for r in real.requirements if r.condition for a in r.alternatives]
    about_a_party = {t.evidence_type for t in real.commitments if t.predicate and "party." in t.predicate}
    assert {t for _, t in conditioned} | about_a_party == set(records)
    for condition, evidence_type in conditioned:
        kept = records[evidence_type]
        assert set(kept) == {"content", "failing", "party"}
        party = kept["party"]
        content = {name: _copied(value, party) for name, value in kept["content"].items()}
        assert condition is not None
        assert meets(condition, content, party)
        assert not meets(condition, kept["failing"], party)


def _copied(value: Any, party: dict[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("{party."):
        return party[value.removeprefix("{party.").removesuffix("}")]
    return value
