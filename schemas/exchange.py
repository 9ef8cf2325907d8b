"""What is asked of a sharing platform and what it answers, the same for every dialect.

A query goes out only for an open case whose item needs that evidence, about a party of the case, with purpose and
operator on it (law 9): there is no model for any other lookup.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from schemas.application import Actor, FactValue
from schemas.base import Model, Personal
from schemas.codes import HolderCodeType, LicenceStatus, Platform, Polarity, Route, Sensitivity
from schemas.evidence import Coverage, Outcome
from schemas.identifiers import ApplicationNo, Code, PartyId, SubjectRef

Purpose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""用途: at most 200 characters, put on every request and on the usage copy of a licence."""


class Subject(Model):
    """The person or company asked about."""

    subject_ref: SubjectRef
    id_type: HolderCodeType
    id_number: Personal[str]
    name: Personal[str]
    facts: Personal[dict[str, FactValue]] = Field(default_factory=dict)


class EvidenceQuery(Model):
    """One requirement put to one source."""

    requirement: str
    evidence_type: Code
    evidence_name: str
    resource_code: str
    polarity: Polarity
    sensitivity: Sensitivity
    accepted_statuses: tuple[LicenceStatus, ...]
    condition: str | None
    needed_coverage: Coverage | None
    source_coverage: Coverage | None
    party_id: PartyId
    subject: Subject
    round: int


class Batch(Model):
    """All that one case asks of one platform at one time.

    ``asked_on`` is the case's date (Asia/Shanghai) against which validity is judged, the same for every retry;
    ``may_wait`` says that a person's or a longer budget is running, so nothing answered is worth a retry.
    ``again_at`` is set where the same question is put again later: each time is a request of its own.
    """

    application_no: ApplicationNo
    item_code: str
    item_name: str
    platform: Platform
    route: Route
    purpose: Purpose
    operator: Actor
    home_area: str
    asked_on: date
    may_wait: bool
    queries: tuple[EvidenceQuery, ...] = Field(min_length=1)
    again_at: AwareDatetime | None = None

    def idempotency_key(self, query: EvidenceQuery) -> str:
        """The key of one outbound request: the same for every retry of it, another in the next round.

        Asked again, it is another each time: a platform must not answer from its memory of the time before.
        """
        asked = (query.requirement, query.evidence_type, self.platform.value, query.resource_code, str(query.round))
        again = (str(int(self.again_at.timestamp())),) if self.again_at is not None else ()
        return "/".join((self.application_no, *asked, *again))


class BatchResult(Model):
    """One outcome for each query of the batch, in the same order."""

    outcomes: tuple[Outcome, ...]


class WatchRequest(Model):
    """A batch to be asked again every so often, until a source says something new (law 7).

    Where the record is missing or wrong and only a right one is waited for, ``only_hits`` passes over the rest.
    """

    batch: Batch
    every_seconds: int = Field(ge=1)
    only_hits: bool = False


class AnswerClass(StrEnum):
    """What a platform's return code means, normalised in its adapter: codes 2, 11 and 13 differ between dialects."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    ADVERSE = "adverse"
    MISMATCH = "mismatch"
    TRANSIENT = "transient"
    QUOTA = "quota"
    CONFIG = "config"


class FoundRecord(Model):
    """One record of an answer, as the source holds it."""

    subject_ref: SubjectRef
    identifier: Personal[str | None] = None
    holder_code: Personal[str]
    holder_name: Personal[str]
    status: LicenceStatus = LicenceStatus.VALID
    valid_from: date | None = None
    valid_until: date | None = None
    content: Personal[dict[str, FactValue]] = Field(default_factory=dict)


class PlatformAnswer(Model):
    """A platform's answer in our words.  ``body`` is exactly what it sent (evidence of what was said)."""

    kind: AnswerClass
    platform_code: str | None = None
    detail: str = ""
    records: tuple[FoundRecord, ...] = ()
    coverage: Coverage | None = None
    body: Personal[bytes] = b""
    media_type: str = "application/json"
    received_at: AwareDatetime


class FetchedFile(Model):
    """A licence or document file: its bytes live only inside the activity that stores them."""

    content: Personal[bytes]
    media_type: str
