"""Handing a callback to its workflow: one Update, whose id is the message's own, so that it is taken once."""

from __future__ import annotations

import asyncio

from pydantic import TypeAdapter, ValidationError
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from infra.gateway.callbacks import ActNotTaken, Callback, NoSuchStream, NotNow
from schemas.collaboration_exchange import CollaborationCallback
from schemas.errors import FieldError

REPLY, PROGRESS = "reply", "progress"
"""The updates that every workflow answers to which asks a department, or a helper."""

PATIENCE_SECONDS = 10.0
"""How long a platform is kept waiting; what the case has got by then is not lost, for the message comes again."""

_ENDED_MEANWHILE = "AcceptedUpdateCompletedWorkflow"
_ERRORS = TypeAdapter(tuple[FieldError, ...])


class TemporalDelivery:
    """A ``Deliver``."""

    def __init__(self, client: Client, seconds: float = PATIENCE_SECONDS) -> None:
        self._client = client
        self._seconds = seconds

    async def __call__(self, callback: Callback) -> None:
        """Return when the workflow has recorded it.  Raises NoSuchStream, ActNotTaken, NotNow."""
        update = REPLY if isinstance(callback, CollaborationCallback) else PROGRESS
        handle = self._client.get_workflow_handle(callback.stream)
        try:
            async with asyncio.timeout(self._seconds):
                await handle.execute_update(update, callback, id=callback.message_id)
        except WorkflowUpdateFailedError as failed:
            raise _refused(failed) from failed
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise NotNow("timeout") from error
        except TimeoutError as error:
            raise NotNow("timeout") from error
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise NoSuchStream from error
            raise NotNow(error.status.name) from error


def _refused(failed: WorkflowUpdateFailedError) -> ActNotTaken | NotNow:
    cause = failed.cause
    if not isinstance(cause, ApplicationError) or cause.type == _ENDED_MEANWHILE:
        return NotNow(type(cause).__name__)  # the workflow was ended while it had the message: asked again, it says so
    try:
        return ActNotTaken(_ERRORS.validate_python(cause.details[0]))
    except (IndexError, ValidationError):
        error = FieldError(field="(whole)", code=cause.type or "refused", message=cause.message)
        return ActNotTaken((error,))
