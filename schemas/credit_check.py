"""What the credit platforms' word means for a commitment and for a deferral (pure).

Serious discredit and a false commitment that were not repaired bar a commitment [国办发〔2020〕42号]; a deferral is
closed to serious discredit (domain §6.1).  A platform that has not answered has not said that anybody is clear.
"""

from __future__ import annotations

from typing import Literal

from schemas.base import Model
from schemas.codes import PartyKind
from schemas.credit_exchange import CreditAnswer, CreditFinding, CreditStanding
from schemas.identifiers import Code, PartyId

APPLICANT = "applicant"


class CreditChecked(Model):
    """What the platforms said; no answers where neither could be reached in time."""

    type: Literal["credit_checked"] = "credit_checked"
    standing: CreditStanding
    answers: tuple[CreditAnswer, ...]


class PartyFact(Model):
    """A party of the case without personal data."""

    party_id: PartyId
    role: Code
    kind: PartyKind


def checked(finding: CreditFinding | None) -> CreditChecked:
    """The event of a finding; ``None``: neither platform answered."""
    if finding is None:
        return CreditChecked(standing=CreditStanding.UNAVAILABLE, answers=())
    return CreditChecked(standing=finding.standing, answers=finding.answers)


def commitment_bar(finding: CreditFinding | None) -> str | None:
    """Why a commitment is closed to him, as a stable code; ``None``: every platform said that he is clear."""
    return {
        CreditStanding.CLEAR: None,
        CreditStanding.SERIOUS_DISCREDIT: "credit_serious",
        CreditStanding.FALSE_COMMITMENT: "credit_false_commitment",
        CreditStanding.UNAVAILABLE: "credit_unavailable",
    }[checked(finding).standing]


def deferral_bar(finding: CreditFinding | None) -> str | None:
    """Why a deferral is closed to him; a false commitment alone does not close it, a silent platform does."""
    answers = finding.answers if finding is not None else ()
    if any(a.stands_against and a.standing is CreditStanding.SERIOUS_DISCREDIT for a in answers):
        return "credit_serious"
    silent = not answers or any(a.standing is CreditStanding.UNAVAILABLE for a in answers)
    return "credit_unavailable" if silent else None


def adverse_digest(finding: CreditFinding | None) -> str | None:
    """The kept answer that stands against him, where there is one."""
    answers = finding.answers if finding is not None else ()
    return next((a.evidence_digest for a in answers if a.stands_against), None)


def committer_of(parties: tuple[PartyFact, ...], party_id: PartyId) -> PartyFact:
    """Who commits for a requirement: the party it is about; for a dead person the applicant of the case.

    Raises LookupError where the case has no such party, or no applicant.
    """
    about = next((p for p in parties if p.party_id == party_id), None)
    if about is not None and about.kind is not PartyKind.DECEASED:
        return about
    applicant = next((p for p in parties if p.role == APPLICANT and p.kind is not PartyKind.DECEASED), None)
    if about is None or applicant is None:
        raise LookupError(f"nobody commits for {party_id}")
    return applicant
