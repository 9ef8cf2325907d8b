"""Looking at a case: as its workflow has it now, and from the ledger when Temporal has forgotten it."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from infra.catalogue.store import StoredCatalogues
from infra.ledger.trail import events_of, read_trail
from schemas.application import LedgerPosition, application_stream
from schemas.case import Case, fold
from schemas.catalogue import ItemRules
from schemas.errors import InvalidInput
from schemas.long_route import RouteView
from schemas.overview import CaseOverview, overview_of
from schemas.rules import rule_of_kind, rules_for

QUERY_SECONDS = timedelta(seconds=10)


class NoSuchCase(LookupError):
    """Nothing stands under this number."""


class CannotLook(Exception):
    """The case cannot be looked at now: Temporal or the workers do not answer."""


class Cases:
    """Reads cases."""

    def __init__(self, client: Client, pool: asyncpg.Pool, catalogues: StoredCatalogues) -> None:
        self._client = client
        self._pool = pool
        self._catalogues = catalogues

    async def overview(self, application_no: str) -> CaseOverview:
        """All that may be told of a case.

        Asked of the workflow, so that what an act has promised is there; the ledger is read only when Temporal has
        forgotten the case, for it is complete then.  Raises NoSuchCase, CannotLook.
        """
        handle = self._client.get_workflow_handle(application_stream(application_no))
        try:
            seen: CaseOverview = await handle.query("overview", result_type=CaseOverview, rpc_timeout=QUERY_SECONDS)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise CannotLook(error.status.name) from error
        except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
            raise CannotLook(type(error).__name__) from error
        else:
            return seen
        return await self._from_ledger(application_no)

    async def route(self, stream: str) -> RouteView:
        """A long route; of one that several cases share, ``application_no`` is the case that opened it.

        Raises NoSuchCase, CannotLook.
        """
        handle = self._client.get_workflow_handle(stream)
        try:
            view: RouteView = await handle.query("status", result_type=RouteView, rpc_timeout=QUERY_SECONDS)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NoSuchCase(stream) from None
            raise CannotLook(error.status.name) from error
        except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
            raise CannotLook(type(error).__name__) from error
        return view

    async def _from_ledger(self, application_no: str) -> CaseOverview:
        trail = await read_trail(self._pool, application_no)
        stream = application_stream(application_no)
        own = [entry for entry in trail.entries if entry.row.stream == stream and not entry.superseded]
        events = tuple(event for event in events_of(trail) if event.stream == stream)
        case = fold(events)
        if case is None or not own:
            raise NoSuchCase(application_no)
        first, last = events[0], own[-1].row
        position = LedgerPosition(
            stream=stream,
            sequence=last.sequence,
            event_id=str(last.event_id),
            chain_hash=(last.chain_hash or b"").hex(),
        )
        rules = await self._rules(case)
        return overview_of(case, first.actor, rules, {}, position, case.sequence + 1)

    async def _rules(self, case: Case) -> ItemRules | None:
        """The item as the case's version of the catalogue has it, and the kinds of evidence demanded beyond it."""
        if case.catalogue is None:
            return None
        try:
            catalogue, digest = await self._catalogues.get(case.catalogue.version)
            rules = rules_for(catalogue, digest, case.item_code, ())
        except (InvalidInput, LookupError):  # a case is shown also where its version is not here
            return None
        kinds = {key: key.partition("@")[0] for r in case.requirements.values() for key in r.raised.evidence}
        demanded = {key: rule_of_kind(catalogue, kind) for key, kind in kinds.items() if key not in rules.evidence}
        known = {key: rule for key, rule in demanded.items() if rule is not None}
        return rules.model_copy(update={"evidence": known | rules.evidence})
