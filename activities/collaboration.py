"""市一体化政务服务平台: asking a department, reminding it, and taking a question back."""

from __future__ import annotations

from typing import Protocol

from temporalio import activity

from activities.outside import connected, taken
from schemas.codes import Platform
from schemas.collaboration_exchange import CollaborationNudge, CollaborationRequest, CollaborationWithdrawal
from schemas.outside import PlatformReceipt, Refusal

_PLATFORM = Platform.COLLABORATION


class CollaborationClient(Protocol):
    """The platform behind its wire dialect.  No method raises for anything the platform does or does not say."""

    async def request(self, request: CollaborationRequest) -> PlatformReceipt | Refusal:
        """Put a question to a department; the same key again is the same question."""

    async def remind(self, nudge: CollaborationNudge) -> PlatformReceipt | Refusal:
        """Remind the department of a question."""

    async def withdraw(self, withdrawal: CollaborationWithdrawal) -> PlatformReceipt | Refusal:
        """Take a question back."""


class CollaborationActivities:
    """信息核验 and 意见征集; ``client`` is ``None`` where the county is not connected to the platform.

    Every method raises an ApplicationError: PLATFORM_UNAVAILABLE, to be retried; NOT_ON_PLATFORM or PLATFORM_REFUSED,
    not to be.  What was answered already can be reminded of and withdrawn: the platform takes note of it.
    """

    def __init__(self, client: CollaborationClient | None) -> None:
        self._client = client

    @activity.defn(name="collaboration.request")
    async def request(self, request: CollaborationRequest) -> PlatformReceipt:
        """Put a question to a department; its reply comes through the callback door."""
        return taken(_PLATFORM, await connected(self._client, _PLATFORM).request(request))

    @activity.defn(name="collaboration.remind")
    async def remind(self, nudge: CollaborationNudge) -> PlatformReceipt:
        """Remind the department."""
        return taken(_PLATFORM, await connected(self._client, _PLATFORM).remind(nudge))

    @activity.defn(name="collaboration.withdraw")
    async def withdraw(self, withdrawal: CollaborationWithdrawal) -> PlatformReceipt:
        """Take the question back; nobody there need work on it any more."""
        return taken(_PLATFORM, await connected(self._client, _PLATFORM).withdraw(withdrawal))
