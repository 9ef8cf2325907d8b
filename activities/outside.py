"""What the activities of the long routes' outside systems have in common: from an adapter's answer to an error."""

from __future__ import annotations

from typing import NoReturn, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.sharing import PLATFORM_UNAVAILABLE
from schemas.codes import Platform
from schemas.outside import Refusal, RefusalKind

NOT_ON_PLATFORM = "NotOnPlatform"
"""Error type, not retried: the department cannot be reached on the platform, or the county is not connected to it."""

PLATFORM_REFUSED = "PlatformRefused"
"""Error type, not retried: the platform refuses what we sent.  Operators are told; no retry would mend it."""

T = TypeVar("T")

NOT_CONNECTED = Refusal(kind=RefusalKind.NOT_ON_PLATFORM, detail="not_connected")


def connected(client: T | None, platform: Platform) -> T:
    """The client of a platform.  Raises NOT_ON_PLATFORM where the county is not connected to it."""
    return client if client is not None else refuse(platform, NOT_CONNECTED)


def taken(platform: Platform, answer: T | Refusal) -> T:
    """What a platform took or told.

    Raises PLATFORM_UNAVAILABLE (retryable), NOT_ON_PLATFORM or PLATFORM_REFUSED (both not) for a refusal.
    """
    return refuse(platform, answer) if isinstance(answer, Refusal) else answer


def refuse(platform: Platform, refusal: Refusal) -> NoReturn:
    """Raise a refusal as the error the workflows know."""
    told = f"{platform.value}: {refusal.detail}"
    match refusal.kind:
        case RefusalKind.UNAVAILABLE:
            raise ApplicationError(told, type=PLATFORM_UNAVAILABLE, category=ApplicationErrorCategory.BENIGN)
        case RefusalKind.NOT_ON_PLATFORM:
            raise ApplicationError(
                told, type=NOT_ON_PLATFORM, non_retryable=True, category=ApplicationErrorCategory.BENIGN
            )
    tell_operators(platform, refusal.detail)
    raise ApplicationError(told, type=PLATFORM_REFUSED, non_retryable=True)


def tell_operators(platform: Platform, detail: str) -> None:
    """Count a refusal and log it as an error: configuration or parameters are wrong, and only a person can mend it."""
    counter = activity.metric_meter().create_counter(
        "mianzheng_platform_refusals", "Refusals of outside platforms that no retry mends"
    )
    counter.add(1, {"platform": platform.value, "detail": detail})
    activity.logger.error("platform refused", extra={"platform": platform.value, "detail": detail})
