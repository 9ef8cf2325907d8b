"""What the sandbox remembers: its population, its callers, faults, links, answers given and calls received."""

from __future__ import annotations

import itertools
import secrets
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from infra.sandbox.callbacks import Callbacks
from infra.sandbox.faults import FaultBook
from infra.sandbox.guard import Caller, Guard
from infra.sandbox.population import Population, Standing
from infra.sandbox.vocabulary import Asked, Record, Said
from schemas.codes import Platform

LINK_SECONDS = 600
"""A download link lives ten minutes and serves once (domain §1.3 (b))."""
TOKEN_SECONDS = 7200
_KEPT = 100_000
_CALLS_KEPT = 20_000


@dataclass(slots=True)
class Link:
    """A single-use download link."""

    record: Record
    asked: Asked
    until: float


class State:
    """Everything behind the doubles; ``clock`` gives seconds since 1970 and may be replaced by a test.

    Platforms that call back do so below ``call_back_to``, as ``senders``, ``reply_seconds`` after they were asked.
    """

    def __init__(
        self,
        population: Population,
        callers: Mapping[Platform, Caller],
        clock: Callable[[], float] = time.time,
        *,
        call_back_to: str | None = None,
        senders: Mapping[Platform, Caller] | None = None,
        reply_seconds: float = 1.0,
    ) -> None:
        self.population = population
        self.clock = clock
        self.faults = FaultBook(self.now, Random(f"faults/{population.seed}"))  # noqa: S311 - not for secrets
        self.guards = {platform: Guard(caller, self.now) for platform, caller in callers.items()}
        self.callbacks = Callbacks(call_back_to, senders or {}, self.now)
        self.reply_seconds = reply_seconds
        self.tokens: dict[str, float] = {}
        self.calls: deque[dict[str, Any]] = deque(maxlen=_CALLS_KEPT)
        self.counts: Counter[tuple[str, str]] = Counter()
        self._numbers = itertools.count(1)
        self._links: OrderedDict[str, Link] = OrderedDict()
        self._overrides: dict[tuple[str, str], tuple[Record, ...]] = {}
        self._issued: OrderedDict[str, Record] = OrderedDict()
        self._answers: OrderedDict[tuple[Platform, str], tuple[Asked, Said]] = OrderedDict()

    def now(self) -> float:
        """The sandbox's time."""
        return self.clock()

    def knows(self, platform: Platform, resource_code: str) -> bool:
        """Whether a platform offers a resource, published or put there by a test."""
        if self.population.source(platform, resource_code) is not None:
            return True
        return any(resource == resource_code for _, resource in self._overrides)

    def records(self, platform: Platform, holder_code: str, resource_code: str) -> tuple[Record, ...]:
        """What a source holds of a holder: what a test put there, else what the population says."""
        put = self._overrides.get((holder_code, resource_code))
        return self.population.records(platform, holder_code, resource_code) if put is None else put

    def is_adverse(self, platform: Platform, holder_code: str, resource_code: str) -> bool:
        """Whether the platform says by its code that the record is cancelled."""
        if (holder_code, resource_code) in self._overrides:
            return False
        return self.population.standing(platform, holder_code, resource_code) is Standing.ADVERSE

    def put(self, holder_code: str, resource_code: str, records: tuple[Record, ...]) -> None:
        """Replace what a source holds of a holder; no records is "no record"."""
        self._overrides[(holder_code, resource_code)] = records
        self.forget_answers()

    def restore(self, holder_code: str, resource_code: str) -> bool:
        """Take back what ``put`` did; tells whether there was anything."""
        self.forget_answers()
        return self._overrides.pop((holder_code, resource_code), None) is not None

    def forget_answers(self) -> None:
        """Answer the next call with every key anew: something was changed on purpose."""
        self._answers.clear()

    def answered(self, platform: Platform, key: str) -> tuple[Asked, Said] | None:
        """What was asked and answered under an idempotency key."""
        return self._answers.get((platform, key))

    def remember_answer(self, platform: Platform, key: str, asked: Asked, said: Said) -> None:
        """Give the same answer for the same key from now on."""
        _keep(self._answers, (platform, key), (asked, said))

    def issue(self, records: tuple[Record, ...]) -> None:
        """Records that were shown, and may be verified and fetched by their identifier."""
        for record in records:
            _keep(self._issued, record.identifier, record)

    def issued(self, identifier: str) -> Record | None:
        """A record that was shown."""
        return self._issued.get(identifier)

    def new_link(self, record: Record, asked: Asked, spent: bool) -> str:
        """The ticket of a new link, already spent if so wished."""
        ticket = secrets.token_urlsafe(24)
        if not spent:
            _keep(self._links, ticket, Link(record, asked, self.now() + LINK_SECONDS))
        return ticket

    def link_is_about(self, ticket: str) -> Asked:
        """What was asked when a link was made, without using it up."""
        link = self._links.get(ticket)
        return link.asked if link else Asked()

    def use_link(self, ticket: str) -> Link | None:
        """What a ticket leads to, once and in time."""
        link = self._links.pop(ticket, None)
        return link if link is not None and self.now() <= link.until else None

    def new_token(self) -> str:
        """A new access token."""
        token = secrets.token_urlsafe(24)
        self.tokens[token] = self.now() + TOKEN_SECONDS
        return token

    def log(self, call: dict[str, Any]) -> None:
        """Note a call that was received."""
        call["number"] = next(self._numbers)
        self.calls.append(call)
        self.counts[(call["platform"], call["operation"])] += 1

    def calls_about(self, **wanted: str) -> Iterator[dict[str, Any]]:
        """The calls kept whose fields have the wanted values, oldest first."""
        return (call for call in self.calls if all(str(call.get(name)) == value for name, value in wanted.items()))


def _keep(store: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    store[key] = value
    store.move_to_end(key)
    if len(store) > _KEPT:
        store.popitem(last=False)
