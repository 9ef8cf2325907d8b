"""Whatever a case goes through, however its events are cut into appends and retried: the ledger gives it back."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.identity.subject_keys import SubjectKey, SubjectKeys
from infra.ledger.sealing import commitments, personal_places, seal
from infra.ledger.trail import events_of, read_trail
from infra.ledger.writer import PostgresLedger
from schemas.case import ImpossibleEvent, fold
from schemas.events import ApplicationAdmitted, Event, EventBody
from schemas.ledger import AppendRequest
from tests.ledger.cases import (
    START,
    act_refused,
    admitted,
    attempt,
    handed_over,
    link,
    received,
    refused,
    settled,
    withdrawn,
)

numbers = itertools.count()
texts = st.text(st.characters(codec="utf-8"), max_size=30)
facts = st.dictionaries(texts, texts | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1), max_size=4)


@st.composite
def admissions(draw: st.DrawFn) -> ApplicationAdmitted:
    """An admission whose people have any names and facts at all."""
    body = admitted()
    parties = tuple(p.model_copy(update={"name": draw(texts), "facts": draw(facts)}) for p in body.parties)
    return body.model_copy(update={"parties": parties})


@st.composite
def courses(draw: st.DrawFn) -> list[EventBody]:
    """Bodies of a case that the fold allows, from its first event on."""
    if draw(st.integers(0, 9)) == 0:
        return [received(), refused(), *[act_refused()] * draw(st.integers(0, 2))]
    bodies: list[EventBody] = [received(), draw(admissions())]
    waiting = [0, 1, 2]
    for _ in range(draw(st.integers(0, 8))):
        number = draw(st.sampled_from(tuple(waiting))) if waiting else 0
        settle = draw(st.booleans())
        if waiting and settle:
            waiting.remove(number)
            bodies.append(settled(number))
        else:
            bodies.append(attempt(number))
    end = draw(st.sampled_from(["open", "withdrawn", "handed_over"]))
    if end == "withdrawn":
        bodies += [withdrawn(), act_refused()]
    elif end == "handed_over" and not waiting:
        bodies.append(handed_over())
    return bodies


@st.composite
def histories(draw: st.DrawFn) -> tuple[tuple[tuple[Event, ...], str], ...]:
    """Runs of one chain, each with the events it records: the later ones branch off where a reset took them back."""
    number = f"H-{next(numbers)}"
    standing = link(number, draw(courses()))
    runs = [(standing, "run-0")]
    for reset in range(1, draw(st.integers(1, 3))):
        kept = draw(st.integers(0, len(standing) - 1))
        bodies = [e.body for e in standing[:kept]] + draw(courses())[kept:]
        at = START + timedelta(hours=reset)
        tail = link(number, bodies[kept:], after=standing[kept - 1] if kept else None, at=at)
        if tail and fold_allows((*standing[:kept], *tail)):
            standing = (*standing[:kept], *tail)
            runs.append((standing, f"run-{reset}"))
    return tuple(runs)


def fold_allows(events: tuple[Event, ...]) -> bool:
    try:
        fold(events)
    except ImpossibleEvent:
        return False
    return True


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), data=st.data())
async def test_the_ledger_gives_back_what_was_recorded(
    ledger: PostgresLedger,
    database: asyncpg.Pool,
    keys: SubjectKeys,
    history: tuple[tuple[tuple[Event, ...], str], ...],
    data: st.DataObject,
) -> None:
    for events, run in history:
        # Cut anywhere, and each append may start again from any earlier event, as after a lost reply.
        cuts = sorted({*data.draw(st.sets(st.integers(1, len(events)))), len(events)})
        for begin, end in itertools.pairwise([0, *cuts]):
            start = data.draw(st.integers(0, begin))
            position = await ledger.append(AppendRequest(run_id=run, chain_run_id="run-0", events=events[start:end]))
            assert position.sequence == end - 1
    standing = history[-1][0]
    trail = await read_trail(database, standing[0].application_no, keys=keys)
    assert trail.sound, trail.findings
    assert events_of(trail) == standing
    assert fold(events_of(trail)) == fold(standing)
    masked = await read_trail(database, standing[0].application_no)
    assert fold(events_of(masked)) == fold(standing), "the state holds no personal value"
    kept = {e.event_id for events, _ in history for e in events}
    assert {entry.row.event_id for entry in trail.entries} == kept
    current = await database.fetch(
        "SELECT event_id FROM ledger.current_event WHERE application_no = $1 ORDER BY sequence",
        standing[0].application_no,
    )
    assert [row["event_id"] for row in current] == [e.event_id for e in standing]


@given(body=admissions())
def test_commitments_are_found_where_they_were_put(body: ApplicationAdmitted) -> None:
    event = link("H-x", (received(), body))[1]
    places = personal_places(event)
    sealed = seal(event, places, {ref: SubjectKey(bytes(32)) for _, ref in places})
    found = [(path, ref) for path, ref, _ in commitments(json.loads(sealed.canonical))]
    assert sorted(found) == sorted((path, ref) for path, ref in places)
