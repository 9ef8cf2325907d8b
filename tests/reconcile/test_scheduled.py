"""The daily reconciliation from its schedule to the register, and the commands for people."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import structlog
from structlog.testing import capture_logs
from temporalio.client import Client

from activities.reconcile import ReconcileActivities
from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.ledger.trail import read_trail
from infra.temporal.schedules import Job, keep
from schemas.reconcile import Code
from schemas.reconcile_events import ReconcileAsked, ReconcileDone, ReconcileJob
from schemas.register import register_number
from tests.cli.program import mianzheng, write_settings
from tests.reconcile.conftest import County
from tests.workflows.waiting import eventually_async
from workers.jobs import jobs
from workers.registry import Role
from workers.serve import build_workers
