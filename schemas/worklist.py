"""办件与待办的清单: what a stream of events adds to the lists, and on which grounds somebody may see it (pure).

A list is a function of the events that stand, whatever the portions in which they were read: each stream is folded
from its beginning, so a branch after a reset replaces what it replaced, and building anew gives the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pydantic import AwareDatetime

from schemas.application import application_stream
from schemas.assignment import (
    ASSIGNMENT_BODIES,
    COLOURS,
    Assignee,
    Assignment,
    AssignmentBody,
    Responsible,
    apply_assignment,
)
from schemas.assistance import AssistanceProgressed, HelperAssigned
from schemas.authority import Role, Target, Visibility
from schemas.base import Model
from schemas.case import Case, ImpossibleEvent, apply
from schemas.completion import CompletionOpened
from schemas.digitisation import DigitisationOpened
from schemas.events import ApplicationAdmitted, Event, UnlistedEvidenceQueried
from schemas.joining import CaseJoined, Joining

BODIES = {Responsible.COMMITTEE: Role.COMMITTEE, Responsible.HELPER: Role.CASE_HELPER}
"""The bodies whose task it is by its kind; 司法局 is asked about what is on no list, other bodies as departments."""


class CaseFacts(Model):
    """What the stream of a case itself says of it."""

    item_code: str
    item_name: str | None
    department: str | None
    department_name: str | None
    taken_in_with: str
    mode: str
    stage: str
    decision: str | None
    standings: dict[str, int]
    """How many requirements stand how."""
    received_at: AwareDatetime
    accepted_at: AwareDatetime | None
    ended_at: AwareDatetime | None


class CasePart(Model):
    """What one stream adds to what may be known of one case."""

    application_no: str
    asked: tuple[str, ...]
    asked_roles: tuple[Role, ...]
    helpers: tuple[str, ...]


class TaskPart(Model):
    """A task, and the cases it belongs to."""

    task: Assignment
    cases: tuple[str, ...]


class StreamPart(Model):
    """What one stream adds to the lists."""

    stream: str
    application_no: str
    cases: tuple[CasePart, ...]
    """Several for a paper or a licence that cases share; its own number where no case joined."""
    tasks: tuple[TaskPart, ...]
    facts: CaseFacts | None
    """For the stream of a case."""
    taken_in_by: str | None
    """The department that took the case in, or the wish that a licence be completed which no case began."""


def part_of(events: Sequence[Event]) -> StreamPart:
    """What a stream adds, from its events that stand, all from the first on.

    Raises ImpossibleEvent where they are no stream of ours.
    """
    first = events[0]
    tasks: dict[str, Assignment] = {}
    had: dict[str, dict[Assignee, None]] = {}
    joined: dict[str, str] = {}
    roles: list[Role] = []
    helpers: list[str] = []
    for place, event in enumerate(events):
        if event.sequence != place:
            raise ImpossibleEvent(f"{event.stream}: {event.sequence} at {place}")
        match event.body:
            case body if isinstance(body, ASSIGNMENT_BODIES):
                tasks = _with(tasks, body, event)
                had.setdefault(body.assignment, {})[tasks[body.assignment].assignee] = None
            case DigitisationOpened(joining=joining) | CaseJoined(joining=joining):
                joined[joining.key] = joining.application_no
            case CompletionOpened(case=Joining() as joining):
                joined[joining.key] = joining.application_no
            case UnlistedEvidenceQueried() as query:
                roles.append(Role(query.addressed_to))
            case HelperAssigned(helper=str(helper)) | AssistanceProgressed(helper=str(helper)):
                helpers.append(helper)
    numbers = _once(joined.values()) or (first.application_no,)
    # A task about one of the cases that share the stream bears its key; the others have no part in it.
    about = {name: joined.get(name.partition("/")[2]) for name in tasks}
    own_stream = first.stream == application_stream(first.application_no)
    return StreamPart(
        stream=first.stream,
        application_no=first.application_no,
        cases=tuple(
            _case_part(
                number, [a for name, each in had.items() if about[name] in (None, number) for a in each], roles, helpers
            )
            for number in numbers
        ),
        tasks=tuple(
            TaskPart(task=task, cases=numbers if (of := about[name]) is None else (of,)) for name, task in tasks.items()
        ),
        facts=_facts(events) if own_stream else None,
        taken_in_by=first.actor.department if own_stream or _no_case_began(first) else None,
    )


def urgency(task: Assignment) -> int:
    """The place of a task's colour, the worst first; behind them what has none."""
    return COLOURS.index(task.colour) if task.colour is not None else len(COLOURS)


# --- who may see it ----------------------------------------------------------------------------------------------


def keys_of(target: Target) -> tuple[str, ...]:
    """The grounds on which a case may be seen, as plain words a list can be filtered by."""
    return _once(
        (
            *_words("item", () if target.item_code is None else (target.item_code,)),
            *_words("decides", () if target.department is None else (target.department,)),
            *_words("took_in", () if target.taken_in_by is None else (target.taken_in_by,)),
            *_words("asked", target.asked),
            *_words("role", target.asked_roles),
            *_words("helper", target.helpers),
        )
    )


def keys_seen(visibility: Visibility) -> tuple[str, ...] | None:
    """The grounds somebody has: he sees what has any of them; ``None``: he sees everything.

    ``visibility.covers(target)`` says the same of one case.
    """
    if visibility.everything:
        return None
    return _once(
        (
            *_words("item", visibility.items),
            *_words("decides", visibility.departments),
            *_words("took_in", visibility.taken_in_by),
            *_words("asked", visibility.asked),
            *_words("role", visibility.asked_roles),
            *_words("helper", visibility.helpers),
        )
    )


# --- pieces ------------------------------------------------------------------------------------------------------


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _words(ground: str, values: Sequence[str]) -> Iterator[str]:
    return (f"{ground}:{value}" for value in values)


def _with(tasks: dict[str, Assignment], body: AssignmentBody, event: Event) -> dict[str, Assignment]:
    try:
        return apply_assignment(tasks, body, event.occurred_at)
    except KeyError:
        raise ImpossibleEvent(f"{event.stream}: {body.type} of a task that was never opened") from None


def _no_case_began(first: Event) -> bool:
    return isinstance(first.body, CompletionOpened) and first.body.case is None


def _case_part(number: str, had: Sequence[Assignee], roles: Sequence[Role], helpers: Sequence[str]) -> CasePart:
    """Whose turn it was has, or had, a task; the applicant's is no office's."""
    offices = [assignee for assignee in had if assignee.responsible is not Responsible.APPLICANT]
    bodies = [BODIES[assignee.responsible] for assignee in offices if assignee.responsible in BODIES]
    return CasePart(
        application_no=number,
        asked=_once(assignee.department for assignee in offices if assignee.department is not None),
        asked_roles=tuple(dict.fromkeys((*roles, *bodies))),
        helpers=_once(helpers),
    )


def _facts(events: Sequence[Event]) -> CaseFacts:
    case: Case | None = None
    ended_at = None
    admitted: ApplicationAdmitted | None = None
    for event in events:
        case = apply(case, event)
        if case.ended and ended_at is None:
            ended_at = event.occurred_at
        if isinstance(event.body, ApplicationAdmitted):
            admitted = event.body
    assert case is not None  # noqa: S101 - there is a first event
    return CaseFacts(
        item_code=case.item_code,
        item_name=admitted.item_name if admitted else None,
        department=admitted.department if admitted else None,
        department_name=admitted.department_name if admitted else None,
        taken_in_with=events[0].actor.actor_id,
        mode=case.mode.value,
        stage=case.stage.value,
        decision=case.decision,
        standings=dict(Counter(r.standing.value for r in case.requirements.values())),
        received_at=case.received_at,
        accepted_at=case.accepted_at,
        ended_at=ended_at,
    )
