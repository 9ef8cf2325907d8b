"""清除与留存: who ordered that a person be erased, that something be kept, or that old rows go; what came of it.

All of it stands in the register, in the signed log: also that it was refused, and why.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from schemas.authority import PrincipalId
from schemas.base import PLAIN, Model, Sha256Hex, ShortText
from schemas.identifiers import ApplicationNo, SubjectRef, refuse_resident_id

OrderNo = Annotated[
    str,
    StringConstraints(pattern=PLAIN, strip_whitespace=True, min_length=2, max_length=60),
    AfterValidator(refuse_resident_id),
]
"""文号 of the order: what an auditor asks to see."""
HoldId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$"), AfterValidator(refuse_resident_id)
]


class HoldGround(StrEnum):
    """Why something must be kept although its time is over."""

    RECONSIDERATION = "reconsideration"
    """行政复议."""
    LITIGATION = "litigation"
    """诉讼."""
    INSPECTION = "inspection"
    """监察、审计或其他检查."""
    OTHER = "other"


class Reason(Model):
    """Why a person may not be erased; ``code`` is of ``zh_retention.REASONS``."""

    code: str
    application_no: ApplicationNo | None = None
    detail: str = ""
    until: date | None = None
    """County date from which this reason is gone, where it is known."""


class HoldPlaced(Model):
    """留存令: a case, or all that is kept of a person, must not be erased or purged."""

    type: Literal["hold_placed"] = "hold_placed"
    hold_id: HoldId
    ground: HoldGround
    application_no: ApplicationNo | None = None
    subject_ref: SubjectRef | None = None
    order: OrderNo
    by: PrincipalId
    reason: Annotated[ShortText, AfterValidator(refuse_resident_id)]


class HoldReleased(Model):
    """解除留存: another order ends it."""

    type: Literal["hold_released"] = "hold_released"
    hold_id: HoldId
    order: OrderNo
    by: PrincipalId


class ErasureOrdered(Model):
    """清除令: somebody orders that a person be erased; nothing is destroyed until another confirms."""

    type: Literal["erasure_ordered"] = "erasure_ordered"
    subject_ref: SubjectRef
    order: OrderNo
    by: PrincipalId


class ErasureRefused(Model):
    """不予清除: ordered or confirmed, and refused with every reason."""

    type: Literal["erasure_refused"] = "erasure_refused"
    subject_ref: SubjectRef
    order: OrderNo
    by: PrincipalId
    reasons: tuple[Reason, ...] = Field(min_length=1)


class ErasureBegun(Model):
    """确认清除: a second person confirmed; from here on it is only carried through, however often it breaks off."""

    type: Literal["erasure_begun"] = "erasure_begun"
    subject_ref: SubjectRef
    order: OrderNo
    ordered_by: PrincipalId
    confirmed_by: PrincipalId
    cases: tuple[ApplicationNo, ...]
    """The cases he was a party of."""
    histories_until: AwareDatetime | None
    """By when Temporal's own histories have forgotten him too (law 10); ``None``: it could not be asked."""


class SubjectErased(Model):
    """已清除: the key is destroyed and the files are gone; every proof stays as it was."""

    type: Literal["subject_erased"] = "subject_erased"
    subject_ref: SubjectRef
    order: OrderNo
    files: int = Field(ge=0)
    """Evidence files that were removed by the act that ended it."""


class PurgeClass(StrEnum):
    """What is purged when its time is over."""

    ACCESS_RECORD = "access_record"
    """Rows of the access record; the looks among them stay in the ledger."""
    DELIVERIES = "deliveries"
    """Webhook deliveries that ended, and their tries."""
    INBOX = "inbox"
    """Bodies of platforms' messages that were decided on; id and digest stay, so that a repeat is still known."""


class Purged(Model):
    """到期清理: what was purged.  Recorded first; the database removes exactly these rows, or nothing."""

    type: Literal["purged"] = "purged"
    purge_class: PurgeClass
    before: AwareDatetime
    held: tuple[ApplicationNo | SubjectRef, ...]
    """Cases and persons under a hold: their rows stay."""
    count: int = Field(ge=1)
    digest: Sha256Hex
    """SHA-256 over the SHA-256 of each row, in the order of the rows."""
    by: PrincipalId


ErasureBody = ErasureOrdered | ErasureRefused | ErasureBegun | SubjectErased
RetentionBody = HoldPlaced | HoldReleased | ErasureBody | Purged
