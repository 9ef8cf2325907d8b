"""A look-up pattern like harvesting: one principal who reads very many cases, or who tries many that it may not see."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum

from infra.settings import HarvestSettings
from schemas.authority import Answer, Principal, Role

LARGEST_PRINCIPALS = 10_000


class Suspicion(StrEnum):
    """What it looks like."""

    MANY_CASES = "many_cases"
    MANY_MISSES = "many_misses"


class _Seen:
    """What one principal asked for within the window: case → when last."""

    def __init__(self) -> None:
        self.cases: OrderedDict[str, float] = OrderedDict()
        self.misses: OrderedDict[str, float] = OrderedDict()
        self.alarmed: dict[Suspicion, float] = {}
        self.blocked_until = 0.0


class HarvestWatch:
    """Counts distinct cases in a sliding window, in this process; ``clock`` gives seconds that only go forward."""

    def __init__(self, settings: HarvestSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._principals: OrderedDict[str, _Seen] = OrderedDict()

    def saw(self, principal: Principal, application_no: str, answer: Answer) -> Suspicion | None:
        """Count a look; gives a suspicion when one arises, once in a window."""
        now = self._clock()
        seen = self._principals.setdefault(principal.principal_id, _Seen())
        self._principals.move_to_end(principal.principal_id)
        while len(self._principals) > LARGEST_PRINCIPALS:
            self._principals.popitem(last=False)
        hidden = answer is Answer.HIDDEN
        kept = seen.misses if hidden else seen.cases
        kept[application_no] = now
        kept.move_to_end(application_no)
        while next(iter(kept.values())) <= now - self._settings.window_seconds:
            kept.popitem(last=False)
        suspicion = Suspicion.MANY_MISSES if hidden else Suspicion.MANY_CASES
        if len(kept) < (self._settings.misses if hidden else self._limit(principal)):
            return None
        kept.popitem(last=False)  # no more need be remembered than makes it suspicious
        last = seen.alarmed.get(suspicion)
        if last is not None and now - last < self._settings.window_seconds:
            return None
        seen.alarmed[suspicion] = now
        if self._settings.block:
            seen.blocked_until = now + self._settings.block_seconds
        return suspicion

    def blocked_seconds(self, principal: Principal) -> float:
        """How long the principal is still kept out; 0 where it is not."""
        seen = self._principals.get(principal.principal_id)
        return max(0.0, seen.blocked_until - self._clock()) if seen else 0.0

    def _limit(self, principal: Principal) -> int:
        system = Role.BUSINESS_SYSTEM in principal.roles
        return self._settings.system_cases if system else self._settings.cases
