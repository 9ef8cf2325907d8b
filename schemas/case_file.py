"""卷宗: what of a case is still under way, from all its streams (pure).  What is closed begins to age."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from schemas import (
    assistance,
    case,
    commitment,
    completion,
    consultation,
    digitisation,
    disposition,
    refused_act,
    review,
    verification,
)
from schemas.base import Model
from schemas.case_state import Case
from schemas.erasure import Reason
from schemas.events import Event
from schemas.stream import ImpossibleEvent

FOLDS: Mapping[str, Callable[[Any, Event], Any]] = {
    "application": case.apply,
    "verification": verification.apply,
    "consultation": consultation.apply,
    "digitisation": digitisation.apply,
    "commitment": commitment.apply,
    "assistance": assistance.apply,
    "disposition": disposition.apply,
    "review": review.apply,
    "completion": completion.apply,
    "refused": refused_act.apply,
}
"""How the streams of each workflow are folded, by the first word of their names."""
OPEN_CODES = {
    "commitment": "commitment_under_check",
    "digitisation": "paper_under_check",
    "disposition": "follow_up_open",
    "completion": "completion_open",
}
"""What it means that a stream has not ended; of the others that a conversation is open."""


class CaseFile(Model):
    """A case as the archive sees it."""

    application_no: str
    open: tuple[Reason, ...]
    closed_at: AwareDatetime
    """The last thing that happened in it."""


def case_file(application_no: str, events: Iterable[Event]) -> CaseFile:
    """The file of a case, from the events that stand of its workflows' streams, each stream in order.

    A stream that cannot be folded counts as open: what nobody understands is not destroyed.  Raises ValueError where
    there are no events.
    """
    streams: dict[str, list[Event]] = {}
    latest: datetime | None = None
    for event in events:
        streams.setdefault(event.stream, []).append(event)
        latest = max(latest or event.occurred_at, event.occurred_at)
    if latest is None:
        raise ValueError(f"nothing is kept of {application_no}")
    reasons = [reason for stream, kept in streams.items() for reason in _open(application_no, stream, kept)]
    return CaseFile(application_no=application_no, open=tuple(dict.fromkeys(reasons)), closed_at=latest)


def _open(application_no: str, stream: str, events: Sequence[Event]) -> list[Reason]:
    word = stream.partition("/")[0]
    state: Any = None
    try:
        for event in events:
            state = FOLDS[word](state, event)
    except (ImpossibleEvent, KeyError):
        return [Reason(code="unreadable", application_no=application_no, detail=word)]
    codes: list[str] = []
    if isinstance(state, Case):
        codes = _of_case(state)
    elif not state.ended:
        codes = [OPEN_CODES.get(word, "conversation_open")]
    if state.ended and any(task.closed is None for task in state.assignments.values()):
        codes.append("task_open")
    return [Reason(code=code, application_no=application_no, detail=word) for code in codes]


def _of_case(state: Case) -> list[str]:
    codes = []
    if not state.ended:
        codes.append("case_open")
    if state.deferrals_owed:
        codes.append("deferral_owed")
    if state.opinions_out:
        codes.append("opinion_open")
    return codes
