"""What a department finds when it is asked about a fact: by the population's records, its archives, and chance by seed.

A department knows more than the sources share: records are old, or were never put there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from infra.sandbox.population import Standing
from infra.sandbox.state import State
from schemas.catalogue import EvidenceType
from schemas.codes import Platform, Polarity

CONFIRMED, REFUTED, NO_RECORD, NEEDS_MORE, DECLINED = "confirmed", "refuted", "no_record", "needs_more", "declined"
_REASONS = {
    REFUTED: "档案所载与申请人所述不符",
    NO_RECORD: "未查到相关记录",
    NEEDS_MORE: "所附信息不足，请补充发生时间与地点",
    DECLINED: "该事项不属本单位职责",
}
_SHARES = ((0.02, DECLINED), (0.04, NEEDS_MORE), (0.055, REFUTED))
"""Cumulative."""
_IN_THE_ARCHIVES = 0.85


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is answered, and why where it is not the wanted answer."""

    word: str
    reason: str | None


def verdict(state: State, department: str, holder_code: str, evidence_name: str) -> Verdict:
    """What the department answers; the same for the same question and seed."""
    word = _word(state, department, holder_code, evidence_name)
    return Verdict(word, _REASONS.get(word))


def back_fill(state: State, holder_code: str, holder_name: str, evidence_name: str) -> bool:
    """Put the holder's record into every source of an evidence type (一次采集、多次使用); whether there is one.

    That a fact is *not* has no record to be put anywhere.
    """
    kinds = [kind for kind in _kinds(state, evidence_name) if kind.polarity is Polarity.IS]
    sources = [source for kind in kinds for source in _sources(state, kind)]
    for platform, resource_code in sources:
        record = state.population.record(platform, holder_code, resource_code, Standing.HIT)
        state.put(holder_code, resource_code, (replace(record, holder_name=holder_name),))
    return bool(sources)


def _word(state: State, department: str, holder_code: str, evidence_name: str) -> str:
    population = state.population
    if population.holder(holder_code) is None:
        return NO_RECORD
    random = Random("/".join((str(population.seed), "verdict", department, holder_code, evidence_name)))  # noqa: S311
    roll, in_the_archives = random.random(), random.random() < _IN_THE_ARCHIVES
    for share, word in _SHARES:
        if roll < share:
            return word
    kinds = _kinds(state, evidence_name)
    on_record = any(
        state.records(platform, holder_code, code) for kind in kinds for platform, code in _sources(state, kind)
    )
    if any(kind.polarity is Polarity.IS_NOT for kind in kinds):
        return REFUTED if on_record else CONFIRMED
    return CONFIRMED if on_record or in_the_archives else NO_RECORD


def _kinds(state: State, evidence_name: str) -> list[EvidenceType]:
    return [kind for kind in state.population.catalogue.evidence_types if kind.name == evidence_name]


def _sources(state: State, kind: EvidenceType) -> list[tuple[Platform, str]]:
    sources = state.population.catalogue.sources
    return [(s.platform, s.resource_code) for s in sources if s.evidence_type == kind.code]
