"""告知承诺: who may sign, and which commitments are drawn for 抽查 (pure).

Signed by himself or his statutory guardian, for a company by seal or 法定代表人, never by proxy [国办发〔2020〕42号].
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from schemas.base import Model
from schemas.case_commands import SignCommitment, SignedBy
from schemas.clock import COUNTY_TIME
from schemas.codes import PartyKind
from schemas.credit_check import PartyFact, committer_of
from schemas.errors import FieldError
from schemas.texts import zh

GUARDIAN, LEGAL_REPRESENTATIVE = "guardian", "legal_representative"
"""Roles of the catalogue in which a party may sign for another."""


def check_signature(signed: SignCommitment, parties: tuple[PartyFact, ...]) -> tuple[FieldError, ...]:
    """What is wrong with who signed; every code is also a reason ``tried_…`` for which the route fails."""
    committer = committer_of(parties, signed.party_id)
    signer = next((p for p in parties if p.party_id == signed.signer_party_id), None)
    code = _fault(signed, committer, signer)
    field = "signed_by" if signer is None else "signer_party_id"
    return () if code is None else (FieldError(field=field, code=code, message=zh.ACT_ERRORS[code]),)


def _fault(signed: SignCommitment, committer: PartyFact, signer: PartyFact | None) -> str | None:
    company = committer.kind is PartyKind.ORGANISATION
    match signed.signed_by:
        case SignedBy.PROXY:
            return "signed_by_proxy"
        case SignedBy.SELF:
            if company:
                return "company_signs_by_seal"
            return None if signed.signer_party_id in (None, committer.party_id) else "signer_not_himself"
        case SignedBy.GUARDIAN:
            if company:
                return "company_signs_by_seal"
            return None if _is(signer, GUARDIAN, committer) else "signer_not_guardian"
        case SignedBy.SEAL:
            return None if company else "person_has_no_seal"
        case SignedBy.LEGAL_REPRESENTATIVE:
            if not company:
                return "person_has_no_seal"
            return None if _is(signer, LEGAL_REPRESENTATIVE, committer) else "signer_not_legal_representative"


def _is(signer: PartyFact | None, role: str, committer: PartyFact) -> bool:
    if signer is None or signer.party_id == committer.party_id:
        return False
    return signer.role == role and signer.kind is PartyKind.LIVING


class Draw(Model):
    """One draw of 抽查: anybody can repeat it from what is kept."""

    seed: str
    number: int
    percent: int

    @property
    def chosen(self) -> bool:
        """Whether this commitment is checked."""
        return self.number < self.percent


def month_seed(published: str, at: datetime) -> str:
    """The seed of the month of the decision: what the county published, and the month."""
    return f"{published}/{at.astimezone(COUNTY_TIME):%Y-%m}"


def draw(application_no: str, requirement: str, seed: str, percent: int) -> Draw:
    """A number from 0 to 99 out of SHA-256 over case, requirement and seed; below ``percent`` it is chosen."""
    digest = hashlib.sha256(f"{application_no}/{requirement}/{seed}".encode()).digest()
    return Draw(seed=seed, number=int.from_bytes(digest[:8], "big") % 100, percent=percent)
