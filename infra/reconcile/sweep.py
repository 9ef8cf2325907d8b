"""One reconciliation, from the list of workflows to its entry in the register.

Workflow by workflow, a few at a time: what is kept for the whole of it is a name for each workflow, run and stream, and
a digest for each message.  An interrupted one is begun anew and files nothing twice.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, WorkflowExecution
from temporalio.common import SearchAttributeKey

from infra.identity.subject_keys import SubjectKeys
from infra.ledger.rows import StoredEvent
from infra.ledger.verify import verify_stream
from infra.reconcile import rows as ledger_rows
from infra.reconcile.filing import Filing
from infra.reconcile.history import FORCED, Listed, Recorded, Run, Unreadable, read
from infra.reconcile.replaying import NotReplayable, Replay, deepen
from schemas.application import application_stream
from schemas.reconcile import INTERFERENCE, Code, Compared, Derived, Finding, Heard, Kept, Message, compare, unexplained
from schemas.reconcile_events import LONGEST_LIST, ReconcileAsked, ReconcileDone, explanation_key

TOGETHER = 8
"""Workflows whose histories are in memory at a time."""
LEAD = timedelta(minutes=10)
"""What the clocks of the two servers may be apart."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
CHECKPOINT = "SELECT coalesce(max(size), 0) FROM ledger.checkpoint"


@dataclass
class Tally:
    """What has been found so far."""

    findings: list[Finding] = field(default_factory=list)
    sent: set[Message] = field(default_factory=set)
    heard: dict[tuple[Message, datetime], Heard] = field(default_factory=dict)
    streams: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    """Runs that a reset has ended."""
    workflows: int = 0
    runs: int = 0
    events: int = 0
    replayed: int = 0
    past: int = 0
    erased: int = 0


class Reconciler:
    """Holds histories against the ledger; one for a process.

    ``types`` are the workflows that keep streams, by name; ``replay`` runs their code of today.
    """

    def __init__(
        self, pool: asyncpg.Pool, keys: SubjectKeys, filing: Filing, types: Sequence[str], replay: Replay
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._filing = filing
        self._types = tuple(types)
        self._replay = replay

    async def reconcile(self, client: Client, asked: ReconcileAsked, tally: Tally | None = None) -> ReconcileDone:
        """Do it, and enter the result; ``tally`` may be looked at meanwhile.

        A number that has an entry already gives that entry.  Raises RPCError and the errors of the database when
        either is away: nothing is lost, it may be done again.
        """
        if asked.files and (known := await self._filing.done(asked.number)) is not None:
            return known
        begun, tally = datetime.now(UTC), tally if tally is not None else Tally()
        horizon = max(asked.since or LONG_AGO, await _oldest(client, begun))
        listed = await self._listed(client, asked)
        work = _Work(self, client, asked, horizon, tally)
        await work.all(listed)
        if not asked.cases:
            await work.strays(await ledger_rows.recent_streams(self._pool, horizon, begun))
        all_read = not asked.cases and asked.since is None
        tally.findings += unexplained(
            tally.heard.values(), frozenset(tally.sent), before=begun, after=horizon, all_read=all_read
        )
        done = await self._done(asked, begun, tally)
        if asked.files:
            await self._filing.enter_done(done)
        return done

    async def _listed(self, client: Client, asked: ReconcileAsked) -> dict[str, list[Listed]]:
        """Every run that is to be read, by workflow."""
        found: dict[str, list[Listed]] = {}
        if asked.cases:
            streams = await ledger_rows.streams_of_cases(self._pool, asked.cases)
            names = [*streams, *(s.rpartition("/")[0] for s in streams), *map(application_stream, asked.cases)]
            queries = [self._query(_named(name)) for name in dict.fromkeys(names) if name]
        else:
            since = asked.since
            ran = f"(CloseTime >= '{since.isoformat()}' OR ExecutionStatus = 'Running')" if since is not None else ""
            queries = [self._query(ran)]
        for query in queries:
            async for run in _runs(client, query):
                found.setdefault(run.workflow_id, []).append(run)
        return dict(sorted(found.items()))

    def _query(self, also: str) -> str:
        types = ", ".join(f"'{name}'" for name in self._types)
        return f"WorkflowType IN ({types})" + (f" AND {also}" if also else "")

    async def _done(self, asked: ReconcileAsked, begun: datetime, tally: Tally) -> ReconcileDone:
        findings = [
            each
            for each in dict.fromkeys(tally.findings)
            # A reset ends the run before it: that is one thing done, not two.
            if not (each.code is Code.TERMINATED and each.run_id in tally.replaced)
        ]
        told = [each for each in findings if each.code in INTERFERENCE]
        explained = await self._filing.explained([explanation_key(each) for each in told])
        left = [e for e in findings if not (e.code in INTERFERENCE and explanation_key(e) in explained)]
        left.sort(key=lambda each: (each.code, each.stream, each.run_id or "", each.history_event or 0))
        return ReconcileDone(
            number=asked.number,
            begun_at=begun,
            since=asked.since,
            cases=asked.cases,
            deep=asked.deep,
            workflows=tally.workflows,
            runs=tally.runs,
            streams=len(tally.streams),
            events=tally.events,
            replayed=tally.replayed,
            past=tally.past,
            erased=tally.erased,
            explained=len(findings) - len(left),
            ledger_events=await self._pool.fetchval(CHECKPOINT),
            counts=dict(sorted(Counter(each.code for each in left).items())),
            findings=tuple(left[:LONGEST_LIST]),
        )


class _Work:
    """What one reconciliation does with each workflow."""

    def __init__(
        self, owner: Reconciler, client: Client, asked: ReconcileAsked, horizon: datetime, tally: Tally
    ) -> None:
        self._pool, self._keys, self._filing, self._replay = owner._pool, owner._keys, owner._filing, owner._replay
        self._query = owner._query
        self._client = client
        self._asked = asked
        self._horizon = horizon
        self._tally = tally

    async def all(self, listed: dict[str, list[Listed]]) -> None:
        """Every workflow, a few at a time."""
        waiting = iter(listed.items())

        async def take() -> None:
            for workflow_id, runs in waiting:
                await self._workflow(workflow_id, runs)

        async with asyncio.TaskGroup() as group:
            for _ in range(TOGETHER):
                group.create_task(take())

    async def strays(self, streams: Iterable[str]) -> None:
        """Streams of the ledger that no workflow read so far has given."""
        for stream in streams:
            # The list of workflows follows the workflows by a moment; they themselves are asked by id.
            for workflow_id in (stream, stream.rpartition("/")[0]):
                if stream not in self._tally.streams and workflow_id:
                    listed = [run async for run in _runs(self._client, self._query(_named(workflow_id)))]
                    if listed:
                        await self._workflow(workflow_id, listed)
            if stream not in self._tally.streams:
                self._tally.findings.append(Finding(code=Code.NO_HISTORY, stream=stream))

    async def _workflow(self, workflow_id: str, listed: Sequence[Listed]) -> None:
        runs = await self._read(listed)
        self._tally.workflows += 1
        self._tally.runs += len(runs)
        for run in runs:
            self._tally.findings += run.touched
            self._tally.replaced |= run.reset_of
            self._tally.sent |= run.sent
            for heard in run.heard:
                # A reset copies what was heard: the same message at the same moment is one.
                self._tally.heard.setdefault((heard.message, heard.at), heard)
            if self._asked.deep or run.status in FORCED:
                await self._deepen(run)
        streams = dict.fromkeys(each.derived.stream for run in runs for each in run.recorded)
        streams |= dict.fromkeys([workflow_id, *(f"{workflow_id}/{run.chain[:8]}" for run in runs)])
        rows = await ledger_rows.rows_of(self._pool, list(streams))
        for stream in streams:
            await self._stream(stream, runs, rows.get(stream, []), listed)

    async def _read(self, listed: Sequence[Listed]) -> list[Run]:
        """The runs, and those that they went on as since they were listed."""
        runs = []
        waiting, known = deque(listed), {each.run_id for each in listed}
        while waiting:
            each = waiting.popleft()
            try:
                run = await read(self._client, each)
            except Unreadable as unreadable:
                self._tally.findings.append(
                    Finding(
                        code=Code.UNREADABLE, stream=each.workflow_id, run_id=each.run_id, detail=str(unreadable)[:100]
                    )
                )
                continue
            if run is None:
                continue
            runs.append(run)
            if run.successor is not None and run.successor not in known:
                known.add(run.successor)
                waiting.append(Listed(each.workflow_id, run.successor))
        return runs

    async def _deepen(self, run: Run) -> None:
        try:
            replayed = await self._replay.events(run.history)
        except NotReplayable as error:
            listed = run.listed
            self._tally.findings.append(
                Finding(
                    code=Code.NOT_REPLAYABLE, stream=listed.workflow_id, run_id=listed.run_id, detail=str(error)[:100]
                )
            )
            return
        self._tally.replayed += 1
        self._tally.findings += deepen(run, replayed)

    async def _stream(
        self,
        stream: str,
        runs: Sequence[Run],
        rows: Sequence[StoredEvent],
        listed: Sequence[Listed],
    ) -> None:
        recorded = _by_id(stream, runs)
        if not rows and not recorded:
            return
        self._tally.streams.add(stream)
        refs = {field.subject_ref for row in rows for field in row.sealed}
        keys = await self._keys.existing(refs)
        erased = await ledger_rows.erased_of(self._pool, refs - keys.keys())
        by_id = {row.event_id: row for row in rows}

        def differs(derived: Derived, kept: Kept) -> str | None:
            return ledger_rows.difference(recorded[derived.event_id], by_id[kept.event_id], keys)

        def compared(of: Sequence[Run]) -> Compared:
            return compare(
                stream,
                [run.derived_for(stream) for run in of],
                [ledger_rows.kept(row) for row in rows],
                horizon=self._horizon,
                differs=differs,
            )

        found = compared(runs)
        findings = list(found.findings)
        if any(each.code is Code.EXTRA for each in findings) and any(run.open for run in runs):
            # It may have been appended after its history was read; read again, the history must have it.
            again = await self._read(listed)
            recorded |= _by_id(stream, again)
            findings = [each for each in findings if each.code is not Code.EXTRA]
            findings += [each for each in compared(again).findings if each.code is Code.EXTRA]
        flaws = dict.fromkeys(flaw.flaw.value for flaw in verify_stream(stream, rows, keys))
        findings += [Finding(code=Code.UNSOUND, stream=stream, detail=flaw) for flaw in flaws]
        if refs - keys.keys() - erased:
            findings.append(Finding(code=Code.UNSOUND, stream=stream, detail="key_missing"))
        self._tally.erased += sum(
            field.subject_ref in erased for row in rows if row.event_id in recorded for field in row.sealed
        )
        self._tally.events += found.events
        self._tally.past += found.past
        owed = [recorded[each.event_id] for each in found.owed]
        findings += await self._filing.recover(self._asked, owed)
        self._tally.findings += findings


def _by_id(stream: str, runs: Iterable[Run]) -> dict[object, Recorded]:
    return {each.derived.event_id: each for run in runs for each in run.recorded if each.derived.stream == stream}


def _named(workflow_id: str) -> str:
    """A query for one workflow; a name that was put into the ledger by hand may hold anything."""
    quoted = workflow_id.replace("\\", "\\\\").replace("'", "\\'")
    return f"WorkflowId = '{quoted}'"


async def _runs(client: Client, query: str) -> AsyncIterator[Listed]:
    execution: WorkflowExecution
    async for execution in client.list_workflows(query, page_size=500):
        problems = execution.typed_search_attributes.get(PROBLEMS) is not None
        yield Listed(execution.id, execution.run_id, problems)


async def _oldest(client: Client, at: datetime) -> datetime:
    """After it no history can be past retention; a namespace may keep them for ever."""
    answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    kept = answer.config.workflow_execution_retention_ttl.ToTimedelta()
    return at - kept + LEAD if kept else LONG_AGO
