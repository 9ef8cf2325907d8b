"""What the conversations with the outside systems of the long routes have in common, whatever their wire dialect.

Each has a file of its own: ``collaboration_exchange``, ``credit_exchange``, ``assistance_exchange`` and
``notification_exchange``.  Personal values stand in the ``Subject`` of a request and nowhere else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, StringConstraints

from schemas.base import Model, ShortText

LongText = Annotated[
    str,
    StringConstraints(pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$", strip_whitespace=True, min_length=1, max_length=1000),
]
"""A text for people of 1 to 1000 characters; line breaks are allowed, other control characters are not."""

ActKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:()/-]{1,240}$")]
"""Idempotency key of an effect outside, of the domain (law 15): ``application/requirement/route/round``."""

Stream = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:()/-]{1,240}$")]
"""A workflow id of ours, to which an answer belongs; never personal."""

PlatformRef = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:()/-]{1,100}$")]
"""The number under which a platform keeps what we sent."""


class PlatformReceipt(Model):
    """A platform has it.  Received is not answered; ``repeated``: it had it before, under the same key."""

    platform_ref: PlatformRef
    received_at: AwareDatetime
    repeated: bool


class RefusalKind(StrEnum):
    """Why a platform did not take something."""

    UNAVAILABLE = "unavailable"
    """It did not answer, or cannot now: worth a retry."""
    NOT_ON_PLATFORM = "not_on_platform"
    """The department cannot be reached there, or the county is not connected at all."""
    REFUSED = "refused"
    """It refused what we sent, or answered what cannot be read: a matter for the operators, not for a retry."""


class Refusal(Model):
    """What an adapter gives instead of a receipt; ``detail`` is a stable reason, for operators."""

    kind: RefusalKind
    detail: ShortText
