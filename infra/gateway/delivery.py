"""Handing a callback to its workflow: one Update, whose id is the message's own, so that it is taken once."""

from __future__ import annotations

import asyncio

from temporalio.client import (
    Client,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from infra.gateway.callbacks import ActNotTaken, Callback, CallbackState, NoSuchStream, NotNow
from infra.temporal.acts import NoSuchWorkflow, StillRunning, refusal_of, refuse_after_end
from schemas.collaboration_exchange import CollaborationCallback

REPLY, PROGRESS = "reply", "progress"
"""The updates that every workflow answers to which asks a department, or a helper."""

PATIENCE_SECONDS = 10.0
"""How long a platform is kept waiting; what the case has got by then is not lost, for the message comes again."""


class TemporalDelivery:
    """A ``Deliver``; ``ledger_queue`` is the task queue of the ledger's workers where they have one of their own."""

    def __init__(self, client: Client, seconds: float = PATIENCE_SECONDS, ledger_queue: str | None = None) -> None:
        self._client = client
        self._seconds = seconds
        self._ledger_queue = ledger_queue

    async def __call__(self, callback: Callback) -> CallbackState:
        """Return when the workflow has recorded it; what comes after its end is recorded as refused.

        Raises NoSuchStream, ActNotTaken, NotNow.
        """
        update = REPLY if isinstance(callback, CollaborationCallback) else PROGRESS
        try:
            async with asyncio.timeout(self._seconds):
                await self._hand_over(update, callback)
        except WorkflowUpdateFailedError as failed:
            errors = refusal_of(failed)
            if errors is None:  # it was ended while it had the message: asked again, it says so
                raise NotNow(type(failed.cause).__name__) from failed
            raise ActNotTaken(errors) from failed
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError) as error:
            raise NotNow("timeout") from error
        except NoSuchWorkflow as error:
            raise NoSuchStream from error
        except RPCError as error:
            raise NotNow(error.status.name) from error
        except (StillRunning, WorkflowQueryFailedError) as error:
            raise NotNow(type(error).__name__) from error
        return CallbackState.ACCEPTED

    async def _hand_over(self, update: str, callback: Callback) -> None:
        handle = self._client.get_workflow_handle(callback.stream)
        try:
            await handle.execute_update(update, callback, id=callback.message_id)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            queue = self._ledger_queue
            raise ActNotTaken(
                await refuse_after_end(self._client, callback.stream, update, callback, ledger_queue=queue)
            ) from None
