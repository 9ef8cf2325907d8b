"""A question that went out to a department or a helper over a platform: delivered, not delivered, called back."""

from __future__ import annotations

from typing import Literal

from schemas.base import Model, ShortText


class RequestDelivered(Model):
    """The platform took the request in; nobody has read it yet (delivered is not accepted)."""

    type: Literal["request_delivered"] = "request_delivered"
    key: str
    platform_ref: str


class RequestUndelivered(Model):
    """The platform does not reach the department, or did not take the request in within its time."""

    type: Literal["request_undelivered"] = "request_undelivered"
    key: str
    reason: Literal["not_on_platform", "refused", "unavailable"]


class RequestWithdrawn(Model):
    """The request was called back at the platform; ``told`` is false where the platform could not be reached."""

    type: Literal["request_withdrawn"] = "request_withdrawn"
    key: str
    reason: ShortText
    told: bool


class ReportUndelivered(Model):
    """The case this route belongs to has ended; what came changes nothing there."""

    type: Literal["report_undelivered"] = "report_undelivered"
    application_no: str
    requirement: str


class NewsHeard(Model):
    """The case told this route how it stands."""

    type: Literal["news_heard"] = "news_heard"
    application_no: str
    requirement: str
    news: Literal["settled_otherwise", "application_ended", "decided", "revoked"]


RequestBody = RequestDelivered | RequestUndelivered | RequestWithdrawn | ReportUndelivered | NewsHeard
