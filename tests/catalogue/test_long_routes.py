"""Every long route is reachable by real items of the county, and what its terms say is what its fields do."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

import infra.sandbox
from infra.catalogue.store import content_of
from schemas.catalogue import Catalogue, EvidenceRule, ItemRules, RequirementRule
from schemas.codes import (
    BodyRole,
    CheckMode,
    Consequence,
    OverdueEffect,
    PartyKind,
    Route,
    SourceAttribute,
)
from schemas.commitment_terms import CommitmentTerms
from schemas.condition import ConditionError, holds
from schemas.rules import rules_for
from tests.catalogue.climbing import item_named

RECORDS = Path(infra.sandbox.__file__).parent / "records.yaml"
ITEM = {"code": "bm_x1", "domain": "general", "item_type": "20"}
WORDS = {
    Consequence.STOP: "终止办理",
    Consequence.RECTIFY: "责令限期整改",
    Consequence.REVOKE: "撤销已作出的决定",
    Consequence.PENALISE: "行政处罚",
}


def rules(catalogue: Catalogue, item: str) -> ItemRules:
    return rules_for(catalogue, "0" * 64, item_named(catalogue, item).code)


def rule(catalogue: Catalogue, item: str, requirement: str) -> RequirementRule:
    return next(r for r in rules(catalogue, item).requirements if r.code == requirement)


def routed(catalogue: Catalogue) -> list[tuple[ItemRules, RequirementRule, EvidenceRule]]:
    """Every kind of evidence of every requirement the applicant does not make himself."""
    found = []
    for item in catalogue.items:
        of = rules_for(catalogue, "0" * 64, item.code)
        for r in of.requirements:
            found += [(of, r, e) for e in (of.evidence[k] for k in r.evidence) if e.retained]
    return [f for f in found if f[2].source_attribute is not SourceAttribute.APPLICANT]


@pytest.mark.parametrize(
    ("item", "evidence", "asked"),
    [
        ("收养登记", "adopter_fertility_status", "德化县卫生健康局"),
        ("收养登记", "foundling_report", "德化县公安局"),
        ("居住证办理", "social_insurance_enrolment", "德化县人力资源和社会保障局"),
        ("普通护照、往来港澳台通行证签发", "employer_exit_consent", "中共德化县委组织部"),
        ("遗属待遇申领", "kinship_other_household", "德化县公安局"),
        ("收养登记", "adopter_income", None),
        ("收养登记", "adopter_health_check", None),
        ("特种行业许可（旅馆业）", "fire_opinion", None),
    ],
)
def test_who_can_be_asked_to_verify(real: Catalogue, item: str, evidence: str, asked: str | None) -> None:
    found = rules(real, item).evidence[evidence]
    assert found.issuer_on_platform is (asked is not None)
    if asked is not None:
        assert found.issuer_name == asked
        assert found.issuer_department in {d.uscc for d in real.departments if d.name == asked}


def test_an_issuer_without_a_department_goes_by_the_name_of_its_class(real: Catalogue) -> None:
    found = rules(real, "收养登记").evidence["adopter_income"]
    assert (found.issuer_name, found.issuer_department) == ("用人单位", None)
    village = rules(real, "养犬登记").evidence["dog_keeping"]
    assert (village.issuer_name, village.issuer_on_platform) == ("村（居）民委员会", False)


def test_a_requirement_that_names_an_issuer_class_is_verified_with_that_class(real: Catalogue) -> None:
    data = real.model_dump()
    found = next(r for r in data["requirements"] if r["code"] == "teacher_moral_appraisal")
    found["alternatives"] = [{"evidence_type": "moral_appraisal", "issuer_class": "village_committee"}]
    changed = rules(Catalogue.model_validate(data), "教师资格认定").evidence["moral_appraisal@village_committee"]
    assert (changed.issuer_name, changed.issuer_on_platform) == ("村（居）民委员会", False)


def test_where_a_proof_is_issued_is_known(real: Catalogue) -> None:
    """主动要求获取证明材料: he is handed to the issuer's item, or to that of the public-service sector."""
    for _, _, kind in routed(real):
        assert (kind.producing_item is None) != (kind.public_service_item is None)


def test_every_long_route_has_items(real: Catalogue) -> None:
    """By item: verification without any source, paper where nobody on the platform answers, terms, assistance."""
    reached: dict[Route, set[str]] = {route: set() for route in Route}
    for of, r, kind in routed(real):
        open_to = r.routes or tuple(Route)
        government = kind.source_attribute is SourceAttribute.GOVERNMENT
        ways = {
            Route.VERIFICATION: kind.issuer_on_platform and not kind.sources,
            Route.PAPER_FIRST: government and not kind.sources,
            Route.COMMITMENT: any(t.evidence_type == kind.code for t in r.commitments),
            Route.DEFERRED_SUPPLY: r.deferral is not None,
            Route.ASSISTANCE: of.assistance,
            Route.FLEXIBLE_DISPOSITION: not of.commitment_excluded,
        }
        for route in (w for w, is_open in ways.items() if is_open and w in open_to):
            reached[route].add(of.item_name)
    assert len(reached[Route.VERIFICATION]) >= 5
    assert len(reached[Route.PAPER_FIRST]) >= 5
    assert len(reached[Route.COMMITMENT]) >= 10
    assert len(reached[Route.DEFERRED_SUPPLY]) >= 3
    assert len(reached[Route.ASSISTANCE]) >= 10
    assert reached[Route.FLEXIBLE_DISPOSITION]


def test_the_bodies_of_the_county(real: Catalogue) -> None:
    bodies = rules(real, "养犬登记").bodies
    assert set(bodies) == {role.value for role in BodyRole}
    justice = next(d for d in real.departments if d.code == "justice")
    assert (bodies["justice"].name, bodies["justice"].uscc) == (justice.name, justice.uscc)
    assert len({b.uscc for b in bodies.values()}) == len(bodies)


def test_every_item_has_a_promise_within_the_law(real: Catalogue) -> None:
    for item in real.items:
        assert item.promised_working_days is not None
        assert item.promised_working_days <= (item.statutory_working_days or 365)


def test_the_variety_of_terms(real: Catalogue) -> None:
    assert {t.check for t in real.commitments} == set(CheckMode)
    assert {c for t in real.commitments for c in t.consequences} == set(Consequence)
    assert {t.overdue for t in real.deferrals} == set(OverdueEffect)
    assert {t.requirement for t in real.deferrals} == {r.code for r in real.requirements if r.deferrable}


def test_the_clauses_say_what_the_fields_do(real: Catalogue) -> None:
    for terms in real.commitments:
        for consequence, word in WORDS.items():
            assert (word in terms.liability) is (consequence in terms.consequences), terms.requirement
        days = re.search(r"决定作出后(\d+)个工作日", terms.supervision)
        assert (int(days[1]) if days else None) == terms.check_within_days
        percent = re.search(r"比例(\d+)%", terms.supervision)
        assert (int(percent[1]) if percent else 100) == terms.sample_percent
        rectify = re.search(r"限(\d+)个工作日内整改", terms.supervision)
        assert (int(rectify[1]) if rectify else None) == terms.rectify_days
        assert ("免于核查" in terms.supervision) is (terms.check is CheckMode.NONE)


@pytest.mark.parametrize(
    ("item", "requirement", "mode"),
    [
        ("不动产变更登记（名称）", "estate_change_same_subject_proof", CheckMode.NONE),
        ("不动产转移登记", "estate_transfer_invoice_between_units", CheckMode.ALL),
        ("不动产继承（受遗赠）转移登记", "estate_inheritance_deceased_parents_death_proof", CheckMode.NONE),
        ("法律援助", "legal_aid_hardship", CheckMode.SAMPLE),
        ("教师资格认定", "teacher_no_criminal_record", CheckMode.ALL),
        ("公司设立登记", "company_premises", CheckMode.SAMPLE),
    ],
)
def test_how_well_known_commitments_are_checked(real: Catalogue, item: str, requirement: str, mode: CheckMode) -> None:
    (terms,) = rule(real, item, requirement).commitments
    assert terms.check is mode


def test_a_predicate_is_true_of_some_people_of_the_sample_cases_and_never_without_facts(real: Catalogue) -> None:
    records: dict[str, Any] = yaml.safe_load(RECORDS.read_text(encoding="utf-8"))
    asked = [t for t in real.commitments if t.predicate and "party." in t.predicate]
    assert len(asked) >= 3
    for terms in asked:
        facts = records[terms.evidence_type]["party"]
        choices = [v if isinstance(v, list) else [v] for v in facts.values()]
        people = [dict(zip(facts, values, strict=True)) for values in product(*choices)]
        assert any(_true(terms, person) for person in people)
        with pytest.raises(ConditionError, match="案件没有适用条件所需的事实"):
            _true(terms, {})
    predicate = rule(
        real, "不动产继承（受遗赠）转移登记", "estate_inheritance_deceased_parents_death_proof"
    ).commitments[0]
    assert [_true(predicate, {"age_at_death": age}) for age in (79, 80)] == [False, True]


def _true(terms: CommitmentTerms, party: dict[str, Any]) -> bool:
    assert terms.predicate is not None
    return holds(terms.predicate, party=party, item=ITEM, parties=())


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((PartyKind.ORGANISATION, PartyKind.ORGANISATION), True),
        ((PartyKind.ORGANISATION, PartyKind.LIVING), False),
    ],
)
def test_an_invoice_is_committed_to_between_units_only(
    real: Catalogue, kinds: tuple[PartyKind, PartyKind], expected: bool
) -> None:
    (terms,) = rule(real, "不动产转移登记", "estate_transfer_invoice_between_units").commitments
    assert terms.predicate is not None
    parties: list[dict[str, Any]] = [
        {"role": role, "kind": kind.value, "facts": {}}
        for role, kind in zip(("applicant", "transferor"), kinds, strict=True)
    ]
    assert holds(terms.predicate, party={}, item=ITEM, parties=parties) is expected


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ('item.domain == "general" && item.item_type == "20" && item.code.startsWith("bm_")', True),
        ('parties.exists(p, p.role == "guardian" && p.facts.age >= 18)', True),
        ('parties.filter(p, p.kind == "living").all(q, q.role == "guardian")', True),
        ("has(party.adult) && party.adult", False),
    ],
)
def test_what_a_predicate_can_speak_of(predicate: str, expected: bool) -> None:
    parties: list[dict[str, Any]] = [
        {"role": "applicant", "kind": "organisation", "facts": {}},
        {"role": "guardian", "kind": "living", "facts": {"age": 40}},
    ]
    assert holds(predicate, party={}, item=ITEM, parties=parties) is expected


@pytest.mark.parametrize("predicate", ["party.age", "parties.map(p, p.role)", "1 + 1", "party.age >= 18", "party.f()"])
def test_a_predicate_that_gives_no_answer_is_not_true(predicate: str) -> None:
    with pytest.raises(ConditionError):
        holds(predicate, party={"age": "十八"}, item=ITEM, parties=())


def test_a_version_published_before_the_long_routes_still_gives_its_rules(real: Catalogue) -> None:
    data = json.loads(content_of(real))
    for part in ("bodies", "commitment_excluded_domains", "commitments", "deferrals"):
        del data[part]
    for row in data["items"]:
        for field in ("statutory_working_days", "promised_working_days", "domain", "assistance"):
            del row[field]
    for row in data["issuer_classes"]:
        del row["department"], row["on_platform"]
    old, now = rules(Catalogue.model_validate(data), "公司设立登记"), rules(real, "公司设立登记")
    assert (old.bodies, old.promised_working_days, old.commitment_excluded, old.assistance) == ({}, None, False, False)
    assert all(r.commitments == () and r.deferral is None for r in old.requirements)
    assert not any(e.issuer_on_platform for e in old.evidence.values())
    assert [r.code for r in old.requirements] == [r.code for r in now.requirements]
    assert {k: e.sources for k, e in old.evidence.items()} == {k: e.sources for k, e in now.evidence.items()}
