"""One plugin for client, worker, tests and replayer, so that they cannot differ: converter, codec, sandbox."""

from __future__ import annotations

import dataclasses

from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from infra.settings import TemporalSettings
from infra.temporal.codec import codec_of
from infra.temporal.converter import data_converter

PASSTHROUGH = (
    "schemas",
    "activities",
    "workflows.recorder",
    "workflows.inquiry",
    "workflows.glance",
    "workflows.procedure",
    "workflows.stuck",
    "workflows.columns",
    "workflows.long_route",
    "workflows.desk",
    "workflows.alarm",
    "workflows.consulting",
    "workflows.telling",
    "workflows.roads",
    "workflows.watch",
    "workflows.joined",
    "workflows.course",
    "workflows.application_acts",
    "workflows.commitment_acts",
    "workflows.commitment_check",
    "workflows.credit_check",
    "workflows.deferral",
    "stdnum",
    "celpy",
    "lark",
    "chinese_calendar",
)
"""Imported once for all workflows: the language, the activity signatures and what they import in turn, and the parts
that workflows share, which hold no state of their own (a test keeps clocks, chance and sets out of them)."""


def plugin(settings: TemporalSettings) -> SimplePlugin:
    """The plugin of the settings; give it to the client, and every worker made from that client has it too."""
    return SimplePlugin(
        "mianzheng",
        data_converter=data_converter(codec_of(settings)),
        workflow_runner=_sandboxed,
    )


def _sandboxed(runner: WorkflowRunner | None) -> WorkflowRunner:
    if isinstance(runner, SandboxedWorkflowRunner):
        restrictions = runner.restrictions.with_passthrough_modules(*PASSTHROUGH)
        return dataclasses.replace(runner, restrictions=restrictions)
    return runner or SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSTHROUGH)
    )
