"""帮办代办: an order to the city's unified assistance system, and the progress it tells us.

Voluntary and free; the applicant stays the 申报主体 and his authorisation (委托书) is on record before anything is
ordered [四(五)].
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from schemas.application import Actor, CommandId, OpaqueId
from schemas.base import Model, Sha256Hex, ShortText
from schemas.exchange import Purpose, Subject
from schemas.identifiers import ApplicationNo, Uscc, refuse_resident_id
from schemas.outside import ActKey, LongText, Stream

HelperId = Annotated[OpaqueId, AfterValidator(refuse_resident_id)]
"""The staff number of a helper."""
PlainText = Annotated[ShortText, AfterValidator(refuse_resident_id)]
"""What a helper says; it goes on record, hence no identity numbers."""


class AssistanceOrder(Model):
    """What a helper is asked to get, for whom, on which authorisation, and from which 受理窗口."""

    key: ActKey
    stream: Stream
    application_no: ApplicationNo
    item_code: str
    item_name: ShortText
    requirement_names: tuple[ShortText, ...] = Field(min_length=1)
    authorisation_digest: Sha256Hex
    window_department: Uscc
    purpose: Purpose
    operator: Actor
    subject: Subject
    statement: LongText | None = None
    """受理单: among others, that the applicant stays the 申报主体 and that it is free."""


class AssistanceRevocation(Model):
    """The applicant takes his authorisation back, or nothing is wanted any more; ``key`` is the order's."""

    key: ActKey
    application_no: ApplicationNo
    reason: ShortText


class AssistanceStep(StrEnum):
    """Where an order stands: 受理, 进展, 中止, 续办, 办结, 终止."""

    ASSIGNED = "assigned"
    PROGRESS = "progress"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    FINISHED = "finished"
    TERMINATED = "terminated"


class AssistanceCallback(Model):
    """A step of an order; ``helper`` is a staff number, ``document_digest`` names what was obtained."""

    message_id: CommandId
    stream: Stream
    key: ActKey
    step: AssistanceStep
    helper: HelperId | None
    text: PlainText | None
    document_digest: Sha256Hex | None
    at: AwareDatetime
