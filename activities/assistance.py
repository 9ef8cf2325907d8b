"""市统一帮代办系统: ordering assistance, and taking the order back."""

from __future__ import annotations

from typing import Protocol

from temporalio import activity

from activities.outside import connected, taken
from schemas.assistance_exchange import AssistanceOrder, AssistanceRevocation
from schemas.codes import Platform
from schemas.outside import PlatformReceipt, Refusal

_PLATFORM = Platform.ASSISTANCE


class AssistanceClient(Protocol):
    """The system behind its wire dialect.  Neither method raises for anything it does or does not say."""

    async def open(self, order: AssistanceOrder) -> PlatformReceipt | Refusal:
        """Order assistance; the same key again is the same order."""

    async def revoke(self, revocation: AssistanceRevocation) -> PlatformReceipt | Refusal:
        """Take an order back."""


class AssistanceActivities:
    """帮办代办; ``client`` is ``None`` where the county is not connected.  Errors as ``CollaborationActivities``."""

    def __init__(self, client: AssistanceClient | None) -> None:
        self._client = client

    @activity.defn(name="assistance.open")
    async def open(self, order: AssistanceOrder) -> PlatformReceipt:
        """Order assistance; its steps come through the callback door."""
        return taken(_PLATFORM, await connected(self._client, _PLATFORM).open(order))

    @activity.defn(name="assistance.revoke")
    async def revoke(self, revocation: AssistanceRevocation) -> PlatformReceipt:
        """Take the order back; what is finished already stays finished."""
        return taken(_PLATFORM, await connected(self._client, _PLATFORM).revoke(revocation))
