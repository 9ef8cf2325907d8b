"""信用: how a person or company stands with the provincial and the city's credit platform, and what is reported there.

A commitment is closed to serious discredit and to a false commitment that were not repaired [国办发〔2020〕42号]; a
platform that does not answer has not said that anybody is clear.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, Field

from schemas.application import Actor
from schemas.base import Model, Personal, Sha256Hex, ShortText
from schemas.codes import Platform
from schemas.exchange import Purpose, Subject
from schemas.identifiers import ApplicationNo
from schemas.outside import ActKey


class CreditStanding(StrEnum):
    """What a credit platform says; ``unavailable`` says nothing and is never ``clear``."""

    CLEAR = "clear"
    FALSE_COMMITMENT = "false_commitment"
    SERIOUS_DISCREDIT = "serious_discredit"
    UNAVAILABLE = "unavailable"


ADVERSE_STANDINGS = (CreditStanding.SERIOUS_DISCREDIT, CreditStanding.FALSE_COMMITMENT)
"""The worst first."""


class CreditQuery(Model):
    """A question about a party of an open case, put to every credit platform at once."""

    key: ActKey
    application_no: ApplicationNo
    item_code: str
    item_name: ShortText
    purpose: Purpose
    operator: Actor
    subject: Subject


class CreditReply(Model):
    """What one platform said, before its bytes are kept; they live only inside the activity that stores them.

    ``worth_a_retry``: it is unavailable for now, not by its own refusal.
    """

    standing: CreditStanding
    detail: ShortText
    repaired: bool = False
    worth_a_retry: bool = False
    body: Personal[bytes] = b""
    answered_at: AwareDatetime


class CreditAnswer(Model):
    """What one platform said; ``evidence_digest`` names the kept bytes of the answer, where there was one.

    ``repaired``: 信用修复 is done, so the record no longer stands against him.
    """

    platform: Platform
    standing: CreditStanding
    detail: ShortText
    repaired: bool
    evidence_digest: Sha256Hex | None
    answered_at: AwareDatetime

    @property
    def stands_against(self) -> bool:
        """An adverse record that was not repaired."""
        return self.standing in ADVERSE_STANDINGS and not self.repaired


class CreditFinding(Model):
    """The answers of all platforms asked."""

    answers: tuple[CreditAnswer, ...] = Field(min_length=1)

    @property
    def standing(self) -> CreditStanding:
        """The worst that stands; unavailable if any platform is and none is adverse; clear only if all have said so."""
        against = [answer.standing for answer in self.answers if answer.stands_against]
        for adverse in ADVERSE_STANDINGS:
            if adverse in against:
                return adverse
        if any(answer.standing is CreditStanding.UNAVAILABLE for answer in self.answers):
            return CreditStanding.UNAVAILABLE
        return CreditStanding.CLEAR


class CreditRecord(Model):
    """A false commitment to be put on record: only on an effective legal document [国办发〔2020〕49号]."""

    key: ActKey
    application_no: ApplicationNo
    subject: Subject
    document_no: ShortText
    document_digest: Sha256Hex
    fact: ShortText
    effective_on: date
