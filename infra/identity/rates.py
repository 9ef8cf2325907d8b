"""How often one principal may ask, in this process: a leaky bucket for each (aiolimiter)."""

from __future__ import annotations

from collections import OrderedDict

from aiolimiter import AsyncLimiter

from infra.settings import RateSettings
from schemas.authority import Principal, Role

LARGEST_PRINCIPALS = 10_000


class RateLimits:
    """One bucket for each principal; the ones not seen for longest are forgotten."""

    def __init__(self, settings: RateSettings) -> None:
        self._settings = settings
        self._buckets: OrderedDict[str, AsyncLimiter] = OrderedDict()

    async def admit(self, principal: Principal) -> float | None:
        """Take one request; ``None`` when there is room, otherwise in how many seconds there will be."""
        bucket = self._buckets.get(principal.principal_id)
        if bucket is None:
            system = Role.BUSINESS_SYSTEM in principal.roles
            per_second = self._settings.system_per_second if system else self._settings.per_second
            burst = per_second * self._settings.burst_seconds
            bucket = self._buckets[principal.principal_id] = AsyncLimiter(burst, self._settings.burst_seconds)
            while len(self._buckets) > LARGEST_PRINCIPALS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(principal.principal_id)
        if not bucket.has_capacity():
            return bucket.time_period / bucket.max_rate
        await bucket.acquire()
        return None
