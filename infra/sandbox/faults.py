"""Faults as data: what goes wrong, where, for whom, how often and how long."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from random import Random

from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.vocabulary import ACTS, Operation
from schemas.codes import Platform


class FaultKind(StrEnum):
    """What can go wrong: first with the wire, then with the answer, then with the answer that comes later."""

    DOWN = "down"
    SLOW = "slow"
    HTTP_5XX = "http_5xx"
    HTTP_STATUS = "http_status"
    WRONG_SCHEMA = "wrong_schema"
    GARBAGE = "garbage"
    HTML = "html"
    HUGE = "huge"
    TRUNCATED = "truncated"

    WRONG_PERSON = "wrong_person"
    EXPIRED = "expired"
    STATUS = "status"
    ADVERSE = "adverse"
    AMBIGUOUS = "ambiguous"
    DEFERRED = "deferred"
    DUPLICATE = "duplicate"
    QUOTA = "quota"
    NO_RECORD = "no_record"
    UNAUTHORISED = "unauthorised"
    RETURN_CODE = "return_code"
    EMPTY_SUCCESS = "empty_success"
    WRONG_RESOURCE = "wrong_resource"
    ODD_IDENTIFIER = "odd_identifier"
    LINK_SPENT = "link_spent"

    NEVER = "never"
    LATE = "late"
    TWICE = "twice"
    OUT_OF_ORDER = "out_of_order"
    WRONG_DEPARTMENT = "wrong_department"
    SUSPENDED = "suspended"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"


CALLBACK_FAULTS = frozenset(
    {
        FaultKind.NEVER,
        FaultKind.LATE,
        FaultKind.TWICE,
        FaultKind.OUT_OF_ORDER,
        FaultKind.WRONG_DEPARTMENT,
        FaultKind.SUSPENDED,
        FaultKind.INTERRUPTED,
        FaultKind.TERMINATED,
    }
)
"""What goes wrong with the answer that comes later; ``late`` by ``delay_seconds``."""

WIRE_FAULTS = frozenset(
    {
        FaultKind.DOWN,
        FaultKind.SLOW,
        FaultKind.HTTP_5XX,
        FaultKind.HTTP_STATUS,
        FaultKind.WRONG_SCHEMA,
        FaultKind.GARBAGE,
        FaultKind.HTML,
        FaultKind.HUGE,
        FaultKind.TRUNCATED,
    }
)


class Fault(BaseModel):
    """One fault.  What is ``None`` does not narrow it.

    Without ``operation`` a fault of the wire strikes every operation, ``link_spent`` links, one of the callback that,
    any other the search and what is asked of the long routes' platforms.
    ``deferred`` with ``count`` n is "not yet" n times, then the answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    platform: Platform | None = None
    operation: Operation | None = None
    holder_code: str | None = None
    resource_code: str | None = None
    probability: float = Field(default=1.0, ge=0, le=1)
    seconds: float | None = Field(default=None, gt=0)
    """How long the fault lasts, from when it is set."""
    count: int | None = Field(default=None, ge=1)
    """How many times it strikes."""
    delay_seconds: float = Field(default=2.0, ge=0, le=600)
    http_status: int = Field(default=503, ge=400, le=599)
    status: str = Field(default="04", pattern=r"^[0-9]{2}$")
    code: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,20}$")
    """The return code of ``return_code``, in the platform's own dialect."""

    def strikes(self, operation: Operation) -> bool:
        """Whether the fault is about an operation."""
        if self.operation is not None:
            return self.operation is operation
        if self.kind in CALLBACK_FAULTS or operation is Operation.CALLBACK:
            return self.kind in CALLBACK_FAULTS and operation is Operation.CALLBACK
        if self.kind in WIRE_FAULTS:
            return True
        if self.kind is FaultKind.LINK_SPENT:
            return operation is Operation.LINK
        return operation is Operation.SEARCH or operation in ACTS


class FaultBook:
    """The faults that are set; ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float], random: Random) -> None:
        self._clock = clock
        self._random = random
        self._faults: dict[int, tuple[Fault, float, int]] = {}
        self._last = 0

    def add(self, fault: Fault) -> int:
        """Set a fault; gives its number."""
        self._last += 1
        self._faults[self._last] = (fault, self._clock(), 0)
        return self._last

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def remove(self, number: int) -> bool:
        """Remove one fault; tells whether it was there."""
        return self._faults.pop(number, None) is not None

    def listed(self) -> list[dict[str, object]]:
        """Every fault with its number and how often it struck."""
        return [
            {"id": number, "struck": struck, **fault.model_dump(mode="json", exclude_none=True)}
            for number, (fault, _, struck) in self._faults.items()
        ]

    def take(self, platform: Platform, operation: Operation, holder_code: str, resource_code: str) -> tuple[Fault, ...]:
        """The faults that strike one call, counted; in the order they were set."""
        if not self._faults:
            return ()
        struck: list[Fault] = []
        for number, (fault, since, times) in list(self._faults.items()):
            over = fault.seconds is not None and self._clock() - since > fault.seconds
            if over or (fault.count is not None and times >= fault.count):
                continue
            if not fault.strikes(operation) or fault.platform not in (None, platform):
                continue
            if fault.holder_code not in (None, holder_code) or fault.resource_code not in (None, resource_code):
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            self._faults[number] = (fault, since, times + 1)
            struck.append(fault)
        return tuple(struck)
