"""Changing one thing of a catalogue, and reading what follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

from infra.catalogue.store import FixedCatalogue
from infra.statistics.read import Names
from schemas.admission import raise_requirements
from schemas.application import Demand
from schemas.catalogue import Catalogue, ItemRules
from schemas.catalogue_check import check
from schemas.codes import HolderCodeType, LicenceStatus, Sensitivity
from schemas.errors import InvalidInput
from schemas.exchange import AnswerClass, EvidenceQuery, FoundRecord, PlatformAnswer, Subject
from schemas.judge import judge
from schemas.ladder import Ask, Settle
from schemas.rules import rules_for
from tests.catalogue.climbing import NOW, PERSON, climb_of, item_named, request_for

Change = Callable[[Catalogue], Catalogue]
Reading = Callable[[Catalogue], object]


# --- changing one thing ----------------------------------------------------------------------------------------------


def row(part: str, code: str, /, **fields: Any) -> Change:
    """Change fields of the first row whose first field is ``code``."""

    def change(catalogue: Catalogue) -> Catalogue:
        data = catalogue.model_dump()
        found = next(r for r in data[part] if next(iter(r.values())) == code)
        found.update(fields)
        return Catalogue.model_validate(data)

    return change


def head(**fields: Any) -> Change:
    """Change fields of the version itself."""
    return lambda catalogue: Catalogue.model_validate(catalogue.model_dump() | fields)


def without(part: str, code: str) -> Change:
    """Take out the rows whose first field is ``code``."""

    def change(catalogue: Catalogue) -> Catalogue:
        data = catalogue.model_dump()
        data[part] = [r for r in data[part] if next(iter(r.values())) != code]
        return Catalogue.model_validate(data)

    return change


def unlisted(name: str, code: str) -> Change:
    """Take an evidence type off a list."""

    def change(catalogue: Catalogue) -> Catalogue:
        data = catalogue.model_dump()
        data["list_entries"][name] = [c for c in data["list_entries"][name] if c != code]
        return Catalogue.model_validate(data)

    return change


def renamed_role(catalogue: Catalogue) -> Catalogue:
    """Call the applicant something else."""
    data = catalogue.model_dump()
    data["roles"]["applicant"] = "办事人"
    return Catalogue.model_validate(data)


def domains(*excluded: str) -> Change:
    """Exclude these domains from commitment, and no others."""
    return head(commitment_excluded_domains=excluded)


# --- reading what follows --------------------------------------------------------------------------------------------


def rules_of(item: str, catalogue: Catalogue, *demands: Demand) -> ItemRules:
    return rules_for(catalogue, "0" * 64, item_named(catalogue, item).code, demands)


def findings(catalogue: Catalogue) -> object:
    """What the check before publication says."""
    return {(e.field.split(".")[0], e.field.split(".")[-1], e.code) for e in check(catalogue)}


def townships(catalogue: Catalogue) -> object:
    """Which windows count in which township."""
    return Names.in_catalogue(catalogue).township_by_window


def of_rules(item: str, field: str) -> Reading:
    """A field of the slice a case is pinned to."""
    return lambda catalogue: getattr(rules_of(item, catalogue), field)


def rule_of(item: str, requirement: str, field: str) -> Reading:
    """A field of a requirement in the slice a case is pinned to."""
    return lambda catalogue: getattr(
        next(r for r in rules_of(item, catalogue).requirements if r.code == requirement), field
    )


def evidence_of(item: str, key: str, field: str) -> Reading:
    """A field of a kind of evidence in the slice a case is pinned to."""
    return lambda catalogue: getattr(rules_of(item, catalogue).evidence[key], field)


def decision(item: str, requirement: str, *, after: int = 0, authorised: bool = True) -> Reading:
    """What the ladder decides for a requirement after ``after`` sources had no record; with its findings."""

    def reading(catalogue: Catalogue) -> object:
        rules = rules_of(item, catalogue)
        (raised,) = (r for r in raise_requirements(request_for(rules), rules) if r.rule == requirement)
        asked: list[Ask] = []
        allowed = (Sensitivity.BANK, Sensitivity.HEALTH) if authorised else ()
        for _ in range(after):
            step = climb_of(rules, raised, tuple(asked), allowed).decision
            if isinstance(step, Ask):
                asked.append(step)
        end = climb_of(rules, raised, tuple(asked), allowed)
        if isinstance(end.decision, Ask):
            return end.decision.source.platform, end.decision.source.resource_code
        if isinstance(end.decision, Settle):
            return end.decision.act
        return end.decision.decision, tuple((f.route, f.reason) for f in end.findings)

    return reading


def demanded(evidence: str, issuer_class: str) -> Reading:
    """What a case tells a guide that still demands something."""

    def reading(catalogue: Catalogue) -> object:
        asks = Demand(evidence=evidence, issuer_class=issuer_class, party_id="applicant")
        try:
            rules = rules_of("学生公交优待证", catalogue, asks)
        except InvalidInput as invalid:
            return [e.code for e in invalid.errors]
        raised = raise_requirements(request_for(rules, (asks,)), rules)[-1]
        return climb_of(rules, raised).decision.decision

    return reading


def verdict(item: str, requirement: str, answer: PlatformAnswer) -> Reading:
    """What an answer of the first source means for a requirement."""

    def reading(catalogue: Catalogue) -> object:
        rules = rules_of(item, catalogue)
        rule = next(r for r in rules.requirements if r.code == requirement)
        kind = rules.evidence[rule.evidence[0]]
        query = EvidenceQuery(
            requirement=f"{rule.code}/applicant",
            evidence_type=kind.code,
            evidence_name=kind.name,
            resource_code=kind.sources[0].resource_code,
            polarity=kind.polarity,
            sensitivity=kind.sensitivity,
            accepted_statuses=rule.accepted_statuses,
            condition=rule.condition,
            needed_coverage=rule.needed_coverage,
            source_coverage=kind.sources[0].coverage,
            party_id="applicant",
            subject=Subject(
                subject_ref=f"s_{0:032x}",
                id_type=HolderCodeType.RESIDENT_ID,
                id_number=PERSON,
                name="测试甲",
            ),
            round=1,
        )
        judged = judge(query, answer, date(2026, 3, 2))
        return judged.kind, judged.detail

    return reading


def in_force(day: date) -> Reading:
    """Whether the version is in force on a day."""

    def reading(catalogue: Catalogue) -> object:
        try:
            asyncio.run(FixedCatalogue(catalogue).in_force(day))
        except LookupError:
            return False
        return True

    return reading


def keys(item: str) -> Reading:
    """The requirements a case of the item raises, each for its party."""

    def reading(catalogue: Catalogue) -> object:
        rules = rules_of(item, catalogue)
        return [r.key for r in raise_requirements(request_for(rules), rules)]

    return reading


NOTHING = PlatformAnswer(kind=AnswerClass.NOT_FOUND, received_at=NOW)


def found(status: LicenceStatus = LicenceStatus.VALID, **content: int | str) -> PlatformAnswer:
    record = FoundRecord(
        subject_ref=f"s_{0:032x}", holder_code=PERSON, holder_name="测试甲", status=status, content=content
    )
    return PlatformAnswer(kind=AnswerClass.FOUND, records=(record,), received_at=NOW)
