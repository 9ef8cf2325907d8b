"""The one place where the door asks the rule: what is not granted is refused, and every look is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from infra.gateway.problems import Refused
from infra.identity.access_record import RecordUnavailable
from schemas.application import Actor
from schemas.authority import (
    NOT_OF_ROLE,
    Action,
    Answer,
    CannotAct,
    Principal,
    Role,
    Target,
    Verdict,
    Visibility,
    actor_of,
    decide,
    visible,
)

GRANTED = Verdict(answer=Answer.GRANTED)


class Note(Protocol):
    """Takes note of who wanted what."""

    async def __call__(
        self,
        principal: Principal,
        action: Action,
        application_no: str | None,
        verdict: Verdict,
        reason: str | None = None,
        *,
        cases: Sequence[str] = (),
        subject_ref: str | None = None,
    ) -> None:
        """Return when it may be answered.  Raises RecordUnavailable."""


def acting(principal: Principal, role: Role | None = None) -> Actor:
    """The actor of an act, from the token; ``role`` says as what.  Raises Refused 403."""
    try:
        return actor_of(principal, role)
    except CannotAct as cannot:
        raise Refused(403, cannot.code) from None


class Guard:
    """``await guard(principal, action, target, application_no)`` before anything is answered or done."""

    def __init__(self, note: Note) -> None:
        self._note = note

    async def __call__(
        self,
        principal: Principal,
        action: Action,
        target: Target | None,
        application_no: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Return when the action is granted.  ``target`` is ``None`` for a case that does not exist.

        ``application_no`` is what the caller named.  Raises Refused 404 (hidden: the same as missing), 403, or 503
        where a look must be on record first and cannot be.
        """
        verdict = decide(principal, action, target)
        named = application_no or (target.application_no if target else None)
        await self._noted(principal, action, named, verdict, reason)
        if verdict.answer is Answer.HIDDEN:
            raise Refused(404, verdict.code)
        if verdict.answer is Answer.REFUSED:
            raise Refused(403, verdict.code)

    async def listing(self, principal: Principal, action: Action, reason: str | None = None) -> Visibility:
        """The cases that may be listed: by this a list has to be filtered.  Raises Refused 403, 503.

        A search is noted with what it finds (``found``), not here.
        """
        cases = visible(principal, action)
        refused = Verdict(answer=Answer.REFUSED, code=NOT_OF_ROLE)
        verdict = refused if cases.nothing else GRANTED
        if not verdict.granted or action is not Action.SEARCH:
            await self._noted(principal, action, None, verdict, reason)
        if not verdict.granted:
            raise Refused(403, verdict.code)
        return cases

    async def found(self, principal: Principal, cases: Sequence[str]) -> None:
        """Take note of a search and of the cases it is about to show.  Raises Refused 503."""
        await self._noted(principal, Action.SEARCH, None, GRANTED, None, cases=cases)

    async def access_record(self, principal: Principal, subject_ref: str | None = None) -> None:
        """Return when the access record, or the uses of one person, may be shown.  Raises Refused 403, 503."""
        verdict = decide(principal, Action.ACCESS_RECORD)
        await self._noted(principal, Action.ACCESS_RECORD, None, verdict, None, subject_ref=subject_ref)
        if not verdict.granted:
            raise Refused(403, verdict.code)

    async def refused(self, principal: Principal, action: Action, code: str, application_no: str | None = None) -> None:
        """Take note of what was refused before a case was looked at.  Raises Refused 503."""
        verdict = Verdict(answer=Answer.REFUSED, code=code)
        await self._noted(principal, action, application_no, verdict, None)

    async def _noted(
        self, principal: Principal, action: Action, named: str | None, verdict: Verdict, reason: str | None,
        *, cases: Sequence[str] = (), subject_ref: str | None = None,
    ) -> None:  # fmt: skip
        try:
            await self._note(principal, action, named, verdict, reason, cases=cases, subject_ref=subject_ref)
        except RecordUnavailable:
            raise Refused(503, "record_unavailable", headers={"Retry-After": "5"}) from None
