"""Worker versioning: making the build of this worker the current one of its deployment."""

from __future__ import annotations

import asyncio

from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from infra.settings import TemporalSettings

ROUNDS = 100
"""Tenths of a second for the server to hear of the build from its first poll."""


async def make_current(client: Client, settings: TemporalSettings) -> None:
    """Route new cases, and those that upgrade by themselves, to ``settings.build_id``.

    For stacks whose workers are all of one build; a rollout with a ramp is done from outside.  Raises RPCError when
    the server does not know the build in time.
    """
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=settings.deployment_name,
        build_id=settings.build_id or "",
        ignore_missing_task_queues=True,
        identity=client.identity,
    )
    for round_ in range(ROUNDS):
        try:
            await client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError as error:
            waiting = error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION)
            if not waiting or round_ == ROUNDS - 1:
                raise
            await asyncio.sleep(0.1)
        else:
            return
