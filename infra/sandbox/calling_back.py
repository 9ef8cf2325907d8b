"""What the two doubles that call back have in common: open cases, a switch, a delay, and messages numbered in turn."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from infra.sandbox.acting import KEY_UNKNOWN, ActingDouble, Document, Said, text_of
from infra.sandbox.faults import FaultKind
from infra.sandbox.state import State
from infra.sandbox.vocabulary import Operation
from schemas.codes import Platform

_KEPT = 50_000
OPEN, ANSWERED, WITHDRAWN = "open", "answered", "withdrawn"


@dataclass(slots=True)
class Matter:
    """One request or order, as the platform holds it."""

    key: str
    ref: str
    document: Document
    received_at: str
    state: str = OPEN
    reminders: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def listed(self) -> dict[str, Any]:
        """As the control API shows it."""
        return {
            "key": self.key,
            "ref": self.ref,
            "state": self.state,
            "received_at": self.received_at,
            "reminders": self.reminders,
            "messages": self.messages,
            "document": dict(self.document),
        }


class CallingBack(ActingDouble):
    """``auto``: answer by itself ``delay_seconds`` after it was asked; else only by hand (``reply``)."""

    listed_as: ClassVar[str]
    """What the control API calls the matters."""

    def __init__(self, state: State, platform: Platform, delay_seconds: float) -> None:
        super().__init__(state, platform)
        self.auto = True
        self.delay_seconds = delay_seconds
        self.matters: OrderedDict[str, Matter] = OrderedDict()

    @abstractmethod
    async def reply(self, matter: Matter, says: Mapping[str, Any]) -> dict[str, Any]:
        """Send a message by hand, with any content; gives what came of it."""

    @abstractmethod
    def blank(self, matter: Matter) -> dict[str, Any]:
        """A message about a matter with every field that the door wants, before anything is said."""

    def begin(self, document: Document) -> Matter:
        """Take a matter in; one that was withdrawn before it came stays withdrawn."""
        key = text_of(document, "key")
        known = self.matters.get(key)
        matter = Matter(key, f"{self.platform.value[:3].upper()}-{_short(key)}", document, self.moment())
        matter.state = WITHDRAWN if known is not None and known.state == WITHDRAWN else OPEN
        self.matters[key] = matter
        if len(self.matters) > _KEPT:
            self.matters.popitem(last=False)
        return matter

    def withdraw(self, document: Document) -> Matter:
        """Take a matter back.  What was answered stays answered; what never came is remembered, for it may yet come."""
        key = text_of(document, "key")
        self.state.callbacks.forget(self.platform, key)
        if key not in self.matters:
            self.begin(document)
        matter = self.matters[key]
        if matter.state == OPEN:
            matter.state = WITHDRAWN
        return matter

    def known(self, document: Document) -> Matter:
        """The matter a document is about.  Raises Said."""
        matter = self.matters.get(text_of(document, "key"))
        if matter is None:
            raise Said(KEY_UNKNOWN)
        return matter

    def message(self, matter: Matter, **says: Any) -> dict[str, Any]:
        """A message of its own number about a matter."""
        number = len(matter.messages) + 1
        message = {"message_id": f"m-{_short(matter.key)}-{number}", **self.blank(matter)} | says
        matter.messages.append(message)
        return message

    def struck(self, matter: Matter) -> Mapping[FaultKind, float]:
        """What goes wrong with the answer to a matter, and the seconds of it."""
        holder = text_of(matter.document, "subject.code")
        return {f.kind: f.delay_seconds for f in self.state.faults.take(self.platform, Operation.CALLBACK, holder, "")}

    def answer_later(
        self, matter: Matter, faults: Mapping[FaultKind, float], doing: Callable[[], Awaitable[None]]
    ) -> None:
        """Answer after the usual delay, later or never where so wished."""
        if FaultKind.NEVER not in faults:
            delay = self.delay_seconds + faults.get(FaultKind.LATE, 0.0)
            self.state.callbacks.later(self.platform, matter.key, delay, doing)

    async def deliver(self, message: Mapping[str, Any], faults: Mapping[FaultKind, float]) -> None:
        """Bring a message to our door, twice where so wished."""
        for _ in range(2 if FaultKind.TWICE in faults else 1):
            await self.state.callbacks.deliver(self.platform, message)


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]
