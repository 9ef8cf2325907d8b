"""From the feed to what is owed: each public event, to each subscription that covers its case.  A projection."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from infra.ledger.feed import Connection, FeedEvent
from infra.webhooks.subscriptions import Clock, now
from schemas.catalogue import Catalogue
from schemas.clock import county_date
from schemas.outbound import PUBLIC, CaseScope, Scope, covers

NAME = "webhooks"
"""The consumer of the feed."""


class Catalogues(Protocol):
    """Where published catalogues are read."""

    async def in_force(self, on: date) -> tuple[Catalogue, str]:
        """The version in force on a day.  Raises LookupError when there is none."""

    async def get(self, version: str) -> tuple[Catalogue, str]:
        """A version by name.  Raises LookupError."""


class FanOut:
    """The projection: ``apply`` notes the scope of each case, and what is owed to whom."""

    name = NAME

    def __init__(self, catalogues: Catalogues, clock: Clock = now) -> None:
        self._catalogues = catalogues
        self._clock = clock

    async def apply(self, connection: Connection, events: Sequence[FeedEvent]) -> None:
        """Everything that follows from these events, in the transaction of the cursor."""
        cases = await self._cases(connection, events)
        subscribed = [
            (row["id"], row["from_index"], frozenset(row["types"]), _scope(row))
            for row in await connection.fetch(
                "SELECT id, from_index, types, items, departments, taken_in_by"
                " FROM webhooks.subscription WHERE state <> 'revoked'"
            )
        ]
        owed: list[tuple[UUID, int, str]] = []
        for event in events:
            case = cases.get(event.application_no)
            if event.type not in PUBLIC or case is None:
                continue
            name = PUBLIC[event.type][0]
            owed += [
                (subscription, event.index, event.application_no)
                for subscription, from_index, types, scope in subscribed
                if event.index > from_index and (not types or name in types) and covers(scope, case)
            ]
        if owed:
            await self._owe(connection, owed)

    async def _owe(self, connection: Connection, owed: Sequence[tuple[UUID, int, str]]) -> None:
        # In one order of lanes, so that two who touch several never wait for each other in a ring.
        await connection.execute(
            """
            WITH added AS (
                INSERT INTO webhooks.delivery (subscription_id, index, application_no)
                    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[])
                ON CONFLICT DO NOTHING
                RETURNING subscription_id, application_no
            )
            INSERT INTO webhooks.lane AS l (subscription_id, application_no, pending, next_at)
                SELECT a.subscription_id, a.application_no, count(*), $4 FROM added a
                GROUP BY a.subscription_id, a.application_no ORDER BY a.subscription_id, a.application_no
            ON CONFLICT (subscription_id, application_no) DO UPDATE SET
                pending = l.pending + excluded.pending,
                next_at = CASE WHEN l.pending = 0 THEN excluded.next_at ELSE l.next_at END
            """,
            *([each[place] for each in owed] for place in range(3)),
            self._clock(),
        )

    async def _cases(self, connection: Connection, events: Sequence[FeedEvent]) -> dict[str, CaseScope]:
        """The scopes of the cases of these events, those that begin here included."""
        numbers = list({event.application_no for event in events})
        known = {
            row["application_no"]: CaseScope(**row)
            for row in await connection.fetch(
                "SELECT application_no, item_code, department, taken_in_by FROM webhooks.case_scope"
                " WHERE application_no = ANY ($1)",
                numbers,
            )
        }
        changed: dict[str, CaseScope] = {}
        for event in events:
            number = event.application_no
            if event.type == "application_received":
                changed[number] = known[number] = await self._received(event)
            elif event.type == "application_admitted" and number in known:
                changed[number] = known[number] = await self._admitted(event, known[number])
        await connection.executemany(
            "INSERT INTO webhooks.case_scope (application_no, item_code, department, taken_in_by)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (application_no) DO UPDATE SET"
            " item_code = excluded.item_code, department = excluded.department, taken_in_by = excluded.taken_in_by",
            [(c.application_no, c.item_code, c.department, c.taken_in_by) for c in changed.values()],
        )
        return known

    async def _received(self, event: FeedEvent) -> CaseScope:
        tree = json.loads(event.canonical)
        item = tree["body"]["item_code"]
        try:
            catalogue, _ = await self._catalogues.in_force(county_date(event.occurred_at))
            department = decider(catalogue, item)
        except LookupError:
            department = None
        return CaseScope(
            application_no=event.application_no,
            item_code=item,
            department=department,
            taken_in_by=tree["actor"]["department"],
        )

    async def _admitted(self, event: FeedEvent, case: CaseScope) -> CaseScope:
        try:
            catalogue, _ = await self._catalogues.get(json.loads(event.canonical)["body"]["catalogue"]["version"])
        except LookupError:
            return case
        return case.model_copy(update={"department": decider(catalogue, case.item_code) or case.department})


def decider(catalogue: Catalogue, item_code: str) -> str | None:
    """The USCC of the department that decides an item."""
    item = next((i for i in catalogue.items if i.code == item_code), None)
    department = next((d for d in catalogue.departments if item and d.code == item.department), None)
    return department.uscc if department else None


def _scope(row: object) -> Scope:
    values = dict(row)  # type: ignore[call-overload]
    return Scope(**{name: tuple(values[name]) for name in ("items", "departments", "taken_in_by")})
