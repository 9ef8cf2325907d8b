"""Workers of a process: one for each task queue among its roles."""

from __future__ import annotations

import compileall
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import PollerBehaviorAutoscaling, Worker, WorkerDeploymentConfig

import workflows
from infra.settings import TemporalSettings
from workers.registry import SCHEDULED, WORKFLOWS, Activity, Role

ALL_ROLES = tuple(Role)


def precompile(folder: Path) -> None:
    """Make sure a folder of workflow code has bytecode.

    The sandbox executes workflow modules for every case; without bytecode (``PYTHONDONTWRITEBYTECODE``, a fresh
    checkout) it would compile them each time, a third of its work.  Where the folder cannot be written, it still does.
    """
    compileall.compile_dir(str(folder), quiet=2, maxlevels=0)


WORKFLOW_CODE = Path(workflows.__file__ or "").parent


def build_workers(
    client: Client,
    settings: TemporalSettings,
    activities: dict[Role, tuple[Activity, ...]],
    roles: tuple[Role, ...] = ALL_ROLES,
    extra_workflows: tuple[type, ...] = (),
) -> list[Worker]:
    """One worker for each task queue among the roles; roles that share the case queue share a worker.

    ``extra_workflows`` are served with the cases (benchmarks put their yardsticks there).
    """
    precompile(WORKFLOW_CODE)
    by_queue: dict[str, list[Role]] = {}
    for role in roles:
        by_queue.setdefault(settings.queues.get(role.value, settings.task_queue), []).append(role)
    return [
        Worker(
            client,
            task_queue=queue,
            workflows=[*WORKFLOWS, *SCHEDULED, *extra_workflows] if Role.CASES in served else [],
            activities=[activity for role in served for activity in activities[role]],
            max_cached_workflows=settings.max_cached_workflows,
            max_concurrent_activities=settings.max_concurrent_activities,
            graceful_shutdown_timeout=timedelta(seconds=settings.graceful_shutdown_seconds),
            deployment_config=_deployment(settings),
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
            activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        )
        for queue, served in by_queue.items()
    ]


def _deployment(settings: TemporalSettings) -> WorkerDeploymentConfig | None:
    if settings.build_id is None:
        return None
    version = WorkerDeploymentVersion(deployment_name=settings.deployment_name, build_id=settings.build_id)
    return WorkerDeploymentConfig(
        version=version,
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
