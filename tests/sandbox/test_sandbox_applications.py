"""Sample applications: admissible, varied, distinct, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from infra.catalogue.files import load
from infra.sandbox.applications import sample_applications
from infra.sandbox.population import Population
from schemas.admission import check, raise_requirements
from schemas.application import ApplicationRequest
from schemas.catalogue import Catalogue, ItemRules
from schemas.codes import PartyKind, Route, Sensitivity
from schemas.identifiers import is_own_application_no
from schemas.rules import rules_for

COUNTY = Path(__file__).parents[2] / "infra" / "catalogue" / "350526"
COUNT = 1500


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(COUNTY)


@pytest.fixture(scope="module")
def applications(catalogue: Catalogue) -> list[ApplicationRequest]:
    return list(sample_applications(catalogue, Population(catalogue, 1, 300), COUNT, seed=1))


def _rules(catalogue: Catalogue, request: ApplicationRequest) -> ItemRules:
    return rules_for(catalogue, "0" * 64, request.item_code, request.demands)


def test_every_one_may_be_admitted(catalogue: Catalogue, applications: list[ApplicationRequest]) -> None:
    for request in applications:
        assert check(request, _rules(catalogue, request)) == (), request.item_code


def test_all_items_and_roles_appear(catalogue: Catalogue, applications: list[ApplicationRequest]) -> None:
    assert {request.item_code for request in applications} == {item.code for item in catalogue.items}
    roles = {(request.item_code, party.role) for request in applications for party in request.parties}
    for item in catalogue.items:
        for role in (*item.required_roles, *item.optional_roles):
            assert (item.code, role) in roles


def test_numbers_are_distinct_and_ours_where_they_can_be(applications: list[ApplicationRequest]) -> None:
    assert len({request.application_no for request in applications}) == COUNT
    for request in applications:
        assert is_own_application_no(request.application_no) == (len(request.item_code) == 31)


def test_the_same_seed_gives_the_same_and_another_shares_no_number(
    catalogue: Catalogue, applications: list[ApplicationRequest]
) -> None:
    population = Population(catalogue, 1, 300)
    assert list(sample_applications(catalogue, population, 100, seed=1)) == applications[:100]
    other = {request.application_no for request in sample_applications(catalogue, population, 100, seed=2)}
    assert not other & {request.application_no for request in applications}


def test_they_are_varied(applications: list[ApplicationRequest]) -> None:
    assert any(request.volunteered for request in applications)
    demanded = Counter(demand.evidence in ("kinship", "alive_proof") for r in applications for demand in r.demands)
    assert demanded.total() > COUNT * 0.08
    kinds = Counter(party.kind for request in applications for party in request.parties)
    assert set(kinds) == set(PartyKind)
    assert any(len(request.parties) > 2 for request in applications)
    assert len({request.operator.actor_id for request in applications}) > 20


def test_where_nobody_shares_some_facts_are_from_elsewhere_or_long_ago(
    catalogue: Catalogue, applications: list[ApplicationRequest]
) -> None:
    shared = {source.evidence_type for source in catalogue.sources}
    kinds = {r.code: {a.evidence_type for a in r.alternatives} for r in catalogue.requirements}
    origins = [o for request in applications for o in request.origins]
    assert not any(kinds[o.requirement_code] & shared for o in origins)
    assert all(sum((o.area is not None, o.historical, o.abroad)) == 1 for o in origins)
    assert all(o.area is None or not o.area.startswith("35") for o in origins)
    first = [o for request in applications[:200] for o in request.origins]
    assert sum(o.area is not None for o in first) >= 20
    assert sum(o.historical for o in first) >= 5


def test_some_applicants_say_at_once_what_they_will_not_have(applications: list[ApplicationRequest]) -> None:
    choices = Counter(c.route for request in applications[:200] for c in request.choices)
    assert set(choices) == {Route.PAPER_FIRST, Route.VERIFICATION, Route.COMMITMENT, Route.ASSISTANCE}
    assert min(choices.values()) >= 3
    assert 0.1 < sum(bool(request.choices) for request in applications) / COUNT < 0.4


def test_some_demands_are_cancelled_and_some_on_no_list(
    catalogue: Catalogue, applications: list[ApplicationRequest]
) -> None:
    cancelled = unlisted = 0
    for request in applications:
        rules = _rules(catalogue, request)
        for key in rules.demands:
            cancelled += key is not None and rules.evidence[key].cancelled_by is not None
            unlisted += key is None
    assert cancelled > 50
    assert unlisted > 15


def test_holders_of_bank_and_health_data_mostly_agreed(
    catalogue: Catalogue, applications: list[ApplicationRequest]
) -> None:
    agreed = Counter[bool]()
    for request in applications:
        rules = _rules(catalogue, request)
        parties = {party.party_id: party for party in request.parties}
        plain = request.model_copy(update={"demands": ()})
        for raised in raise_requirements(plain, rules.model_copy(update={"demands": ()})):
            for key in raised.evidence:
                scope = rules.evidence[key].sensitivity
                if scope in (Sensitivity.BANK, Sensitivity.HEALTH):
                    agreed[any(a.scope is scope for a in parties[raised.party_id].authorisations)] += 1
    assert 0.85 < agreed[True] / agreed.total() < 0.99


def test_companies_stand_where_companies_are_asked_for(applications: list[ApplicationRequest]) -> None:
    kinds = Counter((r.item_code, p.role, p.kind) for r in applications for p in r.parties)
    food = "11350526MB0000006U4000131002001"
    assert kinds[food, "applicant", PartyKind.ORGANISATION] > 0
    assert kinds[food, "applicant", PartyKind.LIVING] == 0
    assert kinds[food, "practitioner", PartyKind.ORGANISATION] == 0
    assert not any(role == "deceased" and kind is not PartyKind.DECEASED for _, role, kind in kinds)


def test_a_small_town_is_enough(catalogue: Catalogue) -> None:
    requests = list(sample_applications(catalogue, Population(catalogue, 1, 12), 200, seed=1))
    assert all(check(request, _rules(catalogue, request)) == () for request in requests)
