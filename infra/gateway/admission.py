"""Who has shown a good token and still is not let in: who asks too often, or is suspected of harvesting."""

from __future__ import annotations

import math

from aiolimiter import AsyncLimiter

from infra.gateway.problems import Refused
from infra.identity.access_record import AccessRecord, Entry
from infra.identity.harvesting import HarvestWatch
from infra.identity.rates import RateLimits
from schemas.authority import Principal

UNKNOWN_PER_SECOND = 20
"""Of refused tokens so many are kept whole; of the others only how many there were."""


class Admission:
    """``Bearer``'s ``admit`` and ``refused``."""

    def __init__(self, rates: RateLimits | None, watch: HarvestWatch, record: AccessRecord) -> None:
        self._rates = rates
        self._watch = watch
        self._record = record
        self._unknown = AsyncLimiter(UNKNOWN_PER_SECOND, 1)

    async def admit(self, principal: Principal) -> None:
        """Let a principal in.  Raises Refused 429 or 403."""
        wait, code, status = self._watch.blocked_seconds(principal), "blocked", 403
        if not wait and self._rates is not None:
            wait, code, status = await self._rates.admit(principal) or 0.0, "too_many_requests", 429
        if wait:
            await self._record_refusal(code, principal)
            raise Refused(status, code, headers={"Retry-After": str(max(1, math.ceil(wait)))})

    async def refused(self, code: str) -> None:
        """Keep that a token was not taken."""
        await self._record_refusal(code, None)

    async def _record_refusal(self, code: str, principal: Principal | None) -> None:
        if self._unknown.has_capacity():
            await self._unknown.acquire()
            await self._record.note(Entry("authenticate", "refused", code, principal))
        else:
            self._record.leave_out()
