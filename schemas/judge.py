"""From a platform's answer to a typed outcome (domain.md §1.4): pure, the same for every source.

Law 5: unavailable, no record, adverse and mismatch never mix.  Law 9: the answer must be about the person asked for,
which is checked here and not assumed.
"""

from __future__ import annotations

import unicodedata
from datetime import date

from schemas.base import Model
from schemas.codes import LicenceStatus, Polarity
from schemas.condition import ConditionError, meets
from schemas.evidence import Coverage, OutcomeKind
from schemas.exchange import AnswerClass, EvidenceQuery, FoundRecord, PlatformAnswer


class Judgement(Model):
    """An outcome kind with its stable reason, and the record that carries a positive hit."""

    kind: OutcomeKind
    detail: str
    record: FoundRecord | None = None
    coverage: Coverage | None = None


_PLAIN = {
    AnswerClass.ADVERSE: OutcomeKind.ADVERSE,
    AnswerClass.MISMATCH: OutcomeKind.MISMATCH,
    AnswerClass.TRANSIENT: OutcomeKind.TRANSIENT,
    AnswerClass.QUOTA: OutcomeKind.QUOTA,
    AnswerClass.CONFIG: OutcomeKind.CONFIG,
}


def judge(query: EvidenceQuery, answer: PlatformAnswer, today: date) -> Judgement:
    """What an answer means for the requirement that was asked about.

    ``today`` is the case's date in Asia/Shanghai, against which validity is judged (both end dates are inclusive).
    """
    if answer.kind in _PLAIN:
        return Judgement(kind=_PLAIN[answer.kind], detail=answer.detail or answer.kind.value)
    if _contradicts_itself(query, answer):
        return Judgement(kind=OutcomeKind.MISMATCH, detail="answer_contradicts_itself")
    if not answer.records:
        return _nothing_found(query, answer)
    strangers = [r for r in answer.records if not _is_about(query, r)]
    if strangers:
        return Judgement(kind=OutcomeKind.MISMATCH, detail="wrong_person")
    if query.polarity is Polarity.IS_NOT:
        return Judgement(kind=OutcomeKind.ADVERSE, detail="record_exists")
    return _found(query, answer.records, today)


def _contradicts_itself(query: EvidenceQuery, answer: PlatformAnswer) -> bool:
    """Records with "not found", or "found" without one where none would be the wanted answer: it proves neither."""
    if answer.kind is AnswerClass.NOT_FOUND:
        return bool(answer.records)
    return query.polarity is Polarity.IS_NOT and not answer.records


def _nothing_found(query: EvidenceQuery, answer: PlatformAnswer) -> Judgement:
    """No record is the wanted answer for a negative fact where the source covers enough; otherwise it is none."""
    if query.polarity is Polarity.IS:
        return Judgement(kind=OutcomeKind.NO_RECORD, detail="no_record")
    coverage = _narrower(answer.coverage, query.source_coverage)
    if coverage is None or query.needed_coverage is None or not coverage.covers(query.needed_coverage):
        return Judgement(kind=OutcomeKind.NO_RECORD, detail="coverage_insufficient", coverage=coverage)
    return Judgement(kind=OutcomeKind.HIT, detail="no_record_is_the_fact", coverage=coverage)


def _narrower(said: Coverage | None, declared: Coverage | None) -> Coverage | None:
    """The coverage to rely on: what the source said of this answer, never more than what it is published to cover."""
    if said is None or declared is None:
        return declared
    return said if declared.covers(said) else declared if said.covers(declared) else None


def _found(query: EvidenceQuery, records: tuple[FoundRecord, ...], today: date) -> Judgement:
    valid = [r for r in records if r.status in query.accepted_statuses and _in_validity(r, today, query)]
    if not valid:
        worst = records[0]
        lapsed = worst.status in query.accepted_statuses
        detail = "out_of_validity" if lapsed else f"status_{worst.status.value}"
        return Judgement(kind=OutcomeKind.ADVERSE, detail=detail)
    try:
        fitting = [
            r for r in valid if query.condition is None or meets(query.condition, r.content, query.subject.facts)
        ]
    except ConditionError:
        return Judgement(kind=OutcomeKind.MISMATCH, detail="content_unreadable")
    if not fitting:
        return Judgement(kind=OutcomeKind.CONTENT_NOT_MET, detail="content_not_met")
    if len(fitting) > 1:
        return Judgement(kind=OutcomeKind.AMBIGUOUS, detail=f"valid_records_{len(fitting)}")
    return Judgement(kind=OutcomeKind.HIT, detail="valid_record", record=fitting[0])


def _in_validity(record: FoundRecord, today: date, query: EvidenceQuery) -> bool:
    if LicenceStatus.LAPSED in query.accepted_statuses:
        return True
    return (record.valid_from or date.min) <= today <= (record.valid_until or date.max)


def _is_about(query: EvidenceQuery, record: FoundRecord) -> bool:
    same_code = record.holder_code.strip().upper() == query.subject.id_number.strip().upper()
    return same_code and _plain_name(record.holder_name) == _plain_name(query.subject.name)


def _plain_name(name: str) -> str:
    """A name without the differences that are only of writing: width, spaces, and the middle dots of 少数民族 names."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if not c.isspace() and c not in "·•‧・.．。")
