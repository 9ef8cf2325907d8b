"""The synthetic population: the same for the same seed, valid in every digit, and obviously invented."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from infra.catalogue.files import load
from infra.sandbox.people import people
from infra.sandbox.population import Population, Standing
from infra.sandbox.templates import Template, load_templates
from schemas.catalogue import Catalogue
from schemas.codes import LicenceStatus, Platform, Polarity
from schemas.condition import meets
from schemas.identifiers import check_licence_identifier, check_resident_id, check_uscc, parse_licence_identifier

COUNTY = Path(__file__).parents[2] / "infra" / "catalogue" / "350526"
ELICENCE = (Platform.ELICENCE_NATIONAL, Platform.ELICENCE_PROVINCIAL)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(COUNTY)


@pytest.fixture(scope="module")
def population(catalogue: Catalogue) -> Population:
    return Population(catalogue, seed=1, size=200)


def _everything(population: Population, catalogue: Catalogue) -> list[object]:
    return [
        (source.resource_code, population.records(source.platform, holder.code, source.resource_code))
        for holder in (*population.people[:40], *population.companies[:10])
        for source in catalogue.sources
    ]


def test_the_same_seed_gives_the_same_world(catalogue: Catalogue, population: Population) -> None:
    again = Population(catalogue, seed=1, size=200)
    assert again.people == population.people
    assert again.companies == population.companies
    assert _everything(again, catalogue) == _everything(population, catalogue)


def test_the_order_of_asking_makes_no_difference(catalogue: Catalogue, population: Population) -> None:
    again = Population(catalogue, seed=1, size=200)
    sources = [(s.platform, s.resource_code) for s in catalogue.sources]
    code = population.people[7].code
    backwards = {key: again.records(key[0], code, key[1]) for key in reversed(sources)}
    assert backwards == {key: population.records(key[0], code, key[1]) for key in sources}


def test_another_seed_gives_another_world(catalogue: Catalogue, population: Population) -> None:
    other = Population(catalogue, seed=2, size=200)
    assert other.people[:5] == population.people[:5]
    assert other.people[5:] != population.people[5:]
    assert _everything(other, catalogue) != _everything(population, catalogue)


def test_every_number_is_valid_and_nobody_is_there_twice() -> None:
    made = people(seed=3, size=3000)
    for person in made:
        check_resident_id(person.code)
        assert person.code.startswith("350526")
        assert person.name.startswith(("测试", "样例"))
    assert len({person.code for person in made}) == 3000


def test_companies_are_valid(population: Population) -> None:
    for company in population.companies:
        check_uscc(company.code)
        assert company.name.startswith(("测试", "样例"))
        assert company.is_company
    assert len({company.code for company in population.companies}) == len(population.companies) == 40


def test_identifiers_follow_the_rule(catalogue: Catalogue, population: Population) -> None:
    seen = set()
    for source in catalogue.sources:
        if source.platform not in ELICENCE:
            continue
        for holder in population.people[:20]:
            for record in population.records(source.platform, holder.code, source.resource_code):
                identifier = parse_licence_identifier(record.identifier)
                assert identifier.check_ok
                assert identifier.type_code == source.resource_code
                assert check_licence_identifier(record.identifier, "350526") == ()
                seen.add(record.identifier)
    assert len(seen) > 500


def test_most_facts_are_there_and_most_negative_ones_are_not(catalogue: Catalogue, population: Population) -> None:
    negative = {t.code for t in catalogue.evidence_types if t.polarity is Polarity.IS_NOT}
    counts = {True: Counter[Standing](), False: Counter[Standing]()}
    for source in catalogue.sources:
        for holder in population.people:
            standing = population.standing(source.platform, holder.code, source.resource_code)
            counts[source.evidence_type in negative][standing] += 1
    share = counts[False][Standing.HIT] / counts[False].total()
    assert 0.83 < share < 0.87
    assert set(counts[False]) == set(Standing)
    assert counts[True][Standing.MISSING] / counts[True].total() > 0.93
    assert counts[True][Standing.HIT] > 0


def test_a_stranger_has_no_records(catalogue: Catalogue, population: Population) -> None:
    for source in catalogue.sources:
        assert population.records(source.platform, "350526190001010011", source.resource_code) == ()


def test_what_is_wrong_with_a_record_shows(catalogue: Catalogue) -> None:
    population = Population(catalogue, seed=1, size=1000)
    source = next(s for s in catalogue.sources if s.evidence_type == "social_insurance_enrolment")
    found = {}
    for holder in population.people:
        standing = population.standing(source.platform, holder.code, source.resource_code)
        found[standing] = population.records(source.platform, holder.code, source.resource_code)
    assert found[Standing.HIT][0].status is LicenceStatus.VALID
    assert dict(found[Standing.HIT][0].content) == {"insured_months": 18}
    assert dict(found[Standing.FAILING][0].content) == {"insured_months": 2}
    assert found[Standing.BAD_STATUS][0].status is not LicenceStatus.VALID
    ended = found[Standing.EXPIRED][0].valid_until
    assert ended is not None
    assert ended.year < 2026
    first, second = found[Standing.AMBIGUOUS]
    assert first.identifier != second.identifier
    assert found[Standing.MISSING] == found[Standing.ADVERSE] == ()


def test_content_meets_every_condition_and_failing_content_none(catalogue: Catalogue, population: Population) -> None:
    """Conditions, templates and the facts of parties fit together, for every condition of the county."""
    templates = load_templates()
    holder = population.people[9]
    asked = 0
    for requirement in catalogue.requirements:
        for kind in {a.evidence_type for a in requirement.alternatives} if requirement.condition else ():
            assert kind in templates, f"records.yaml lacks {kind}"
            facts = population.facts_for(holder.code, {kind})
            for source in (s for s in catalogue.sources if s.evidence_type == kind):
                for standing, wanted in ((Standing.HIT, True), (Standing.FAILING, False)):
                    record = population.record(source.platform, holder.code, source.resource_code, standing)
                    assert requirement.condition is not None
                    assert meets(requirement.condition, dict(record.content), facts) is wanted, requirement.code
                    asked += 1
    assert asked > 0


def test_a_template_may_choose_and_refer(catalogue: Catalogue) -> None:
    kind = catalogue.sources[0].evidence_type
    templates = {kind: Template(content={"no": "{party.no}", "gone": "{party.unknown}"}, party={"no": ["a", "b"]})}
    population = Population(catalogue, seed=1, size=60, templates=templates)
    source = catalogue.sources[0]
    seen = set()
    for holder in population.people:
        record = population.record(source.platform, holder.code, source.resource_code, Standing.HIT)
        assert dict(record.content) == population.facts(holder.code)
        seen.add(dict(record.content)["no"])
    assert seen == {"a", "b"}


def test_a_template_file_that_is_wrong_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "records.yaml"
    path.write_text("degree_certificate: {contents: {}}", encoding="utf-8")
    with pytest.raises(ValueError, match="contents"):
        load_templates(path)
    path.write_text("- a", encoding="utf-8")
    with pytest.raises(ValueError, match="映射"):
        load_templates(path)
    assert load_templates(tmp_path / "none.yaml") == {}
