"""Made-up streams of cases that share a paper, with tasks of all kinds, and branches after resets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.ledger.writer import PostgresLedger
from schemas.application import Act, Actor, CommandRef, application_stream
from schemas.assignment import (
    Assignee,
    AssignmentClosed,
    AssignmentOpened,
    Responsible,
    Rung,
    RungFired,
    Step,
)
from schemas.assistance import HelperAssigned
from schemas.authority import Target
from schemas.claim import AssignmentClaimed, AssignmentReleased
from schemas.codes import ActorKind
from schemas.digitisation import DigitisationOpened
from schemas.events import Event, EventBody, UnlistedEvidenceQueried, make_event_id
from schemas.joining import CaseJoined, Joining
from schemas.ledger import AppendRequest
from schemas.worklist import StreamPart, part_of
from tests.ledger.cases import admitted, received, withdrawn
from tests.schemas.principals import DEPARTMENTS, ITEMS, PEOPLE

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
SYSTEM = Actor(kind=ActorKind.SYSTEM, actor_id="mianzheng")


@dataclass
class Stream:
    """A stream as it stands, and how often it was reset."""

    name: str
    number: str
    events: list[Event] = field(default_factory=list)
    resets: int = 0

    def add(self, body: EventBody, actor: Actor, at: datetime) -> Event:
        """One event more."""
        last = self.events[-1] if self.events else None
        sequence, previous = (last.sequence + 1, last.event_id) if last else (0, None)
        event = Event(
            event_id=make_event_id(self.name, sequence, previous, at),
            stream=self.name,
            application_no=self.number,
            sequence=sequence,
            previous_id=previous,
            occurred_at=at,
            actor=actor,
            body=body,
        )
        self.events.append(event)
        return event

    def reset(self, kept: int) -> None:
        """A branch begins: what came from here on is replaced."""
        del self.events[kept:]
        self.resets += 1


class County:
    """Cases, their streams, and everything that happens to them, from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = START
        self.streams: dict[str, Stream] = {}
        self.numbers = [f"W-{seed}-{n}" for n in range(5)]
        self._commands = 0

    def tick(self) -> datetime:
        self.now += timedelta(seconds=self.chance.randint(1, 90_000))
        return self.now

    def happen(self) -> tuple[Stream, Event]:
        """One thing more happens somewhere."""
        fresh = [n for n in self.numbers if application_stream(n) not in self.streams]
        if fresh and (not self.streams or self.chance.random() < 0.3):
            stream = self._stream(application_stream(fresh[0]), fresh[0])
            item = self.chance.choice(ITEMS)
            actor = Actor(kind=ActorKind.CLERK, actor_id="clerk-1", department=self._department())
            return stream, stream.add(received().model_copy(update={"item_code": item}), actor, self.tick())
        if self.chance.random() < 0.12:
            return self._open_route()
        stream = self.chance.choice(list(self.streams.values()))
        if len(stream.events) > 1 and self.chance.random() < 0.08:
            stream.reset(self.chance.randint(1, len(stream.events) - 1))
        return stream, stream.add(self._body(stream), SYSTEM, self.tick())

    def parts(self) -> list[StreamPart]:
        return [part_of(stream.events) for stream in self.streams.values()]

    def targets(self) -> dict[str, Target]:
        """What the rule has to know of each case, put together without any database."""
        found: dict[str, dict[str, Any]] = {}
        for part in self.parts():
            for case in part.cases:
                known = found.setdefault(case.application_no, {"asked": set(), "asked_roles": set(), "helpers": set()})
                for name in ("asked", "asked_roles", "helpers"):
                    known[name] |= set(getattr(case, name))
            if part.facts is not None:
                said = {"item_code": part.facts.item_code, "department": part.facts.department}
                found[part.application_no] |= said | {"taken_in_by": part.taken_in_by}
        return {
            number: Target(
                application_no=number,
                **{n: tuple(sorted(v)) if isinstance(v, set) else v for n, v in known.items()},
            )
            for number, known in found.items()
        }

    # --- pieces --------------------------------------------------------------------------------------------------

    def _department(self) -> str:
        return self.chance.choice(DEPARTMENTS)

    def _stream(self, name: str, number: str) -> Stream:
        return self.streams.setdefault(name, Stream(name, number))

    def _ref(self, act: Act) -> CommandRef:
        self._commands += 1
        return CommandRef(command_id=f"c-{self._commands}", act=act, digest="a" * 64)

    def _open_route(self) -> tuple[Stream, Event]:
        number = self.chance.choice([s.number for s in self.streams.values()])
        word = self.chance.choice(("digitisation", "assistance", "verification"))
        stream = self._stream(f"{word}/{number}/r_{len(self.streams)}", number)
        body = self._paper(number) if word == "digitisation" else self._opened(stream)
        return stream, stream.add(body, SYSTEM, self.tick())

    def _joining(self, number: str) -> Joining:
        return Joining(
            application_no=number,
            requirement="r_1/applicant",
            evidence="ev_1",
            department=self._department(),
            department_name="主管部门",
        )

    def _paper(self, number: str) -> DigitisationOpened:
        return DigitisationOpened(
            joining=self._joining(number),
            evidence_name="示例证明",
            subject_ref="s_" + "a1" * 16,
            document_digest="b" * 64,
            issuer=None,
            key=f"{number}/x",
            exempt=None,
            by_hand=None,
        )

    def _opened(self, stream: Stream) -> AssignmentOpened:
        responsible = self.chance.choice(list(Responsible))
        joined = [b.joining.key for e in stream.events if isinstance(b := e.body, DigitisationOpened | CaseJoined)]
        about = f"late/{self.chance.choice(joined)}" if joined and self.chance.random() < 0.3 else ""
        due = self.now + timedelta(days=self.chance.randint(1, 9))
        return AssignmentOpened(
            assignment=about or f"t{self.chance.randint(1, 4)}",
            step=self.chance.choice(list(Step)),
            requirement=None,
            assignee=Assignee(
                responsible=responsible, name="某岗位", department=self.chance.choice((None, *DEPARTMENTS))
            ),
            task="请核对",
            then="继续提醒",
            working_days=2,
            due_at=due,
            due_provisional=False,
            calendar_version="2026",
            ends_at=None,
        )

    def _body(self, stream: Stream) -> EventBody:
        first = stream.events[0].body.type
        if first == "application_received" and len(stream.events) == 1:
            department = self._department()
            return admitted().model_copy(update={"department": department, "department_name": "主管部门"})
        part = part_of(stream.events)
        choices: list[EventBody] = [self._opened(stream)]
        for each in part.tasks:
            name = each.task.assignment
            if not each.task.open:
                continue
            choices += [
                RungFired(assignment=name, rung=self.chance.choice((Rung.BLUE, Rung.ORANGE, Rung.RED))),
                AssignmentClosed(assignment=name, how="done"),
            ]
            if each.task.claim is None:
                by = Actor(kind=ActorKind.CLERK, actor_id=self.chance.choice(PEOPLE))
                choices.append(AssignmentClaimed(command=self._ref(Act.CLAIM_TASK), assignment=name, by=by))
            else:
                choices.append(AssignmentReleased(command=self._ref(Act.RELEASE_TASK), assignment=name, reason=None))
        if first == "digitisation_opened":
            choices.append(CaseJoined(joining=self._joining(self.chance.choice(self.numbers))))
        if stream.name.startswith("assistance/"):
            helper = self.chance.choice(PEOPLE)
            choices.append(HelperAssigned(command=self._ref(Act.PROGRESS), helper=helper, late=False))
        if part.facts is not None and part.facts.stage == "establishing" and self.chance.random() < 0.5:
            open_ones = {b.requirement for e in stream.events if isinstance(b := e.body, UnlistedEvidenceQueried)}
            key = f"req_{self.chance.randint(0, 2)}/applicant"
            if key not in open_ones:
                choices.append(UnlistedEvidenceQueried(requirement=key, evidence="ev_1"))
            if self.chance.random() < 0.1:
                return withdrawn(f"w-{stream.name.replace('/', '.')}")
        if part.facts is not None and part.facts.ended_at is not None:
            return _refused(self._ref(Act.WITHDRAW))
        return self.chance.choice(choices)


def _refused(ref: CommandRef) -> EventBody:
    from tests.ledger.cases import act_refused

    return act_refused().model_copy(update={"command": ref})


async def append(ledger: PostgresLedger, stream: Stream, events: Sequence[Event]) -> None:
    """Put events of a stream into the ledger, in the run that it is in now."""
    run = f"{stream.name}#{stream.resets}"
    await ledger.append(AppendRequest(run_id=run, chain_run_id=f"{stream.name}#0", events=tuple(events)))
