"""Logs: one JSON object a line, with case number, workflow and run id, and never a personal value.

``workflow.logger`` and ``activity.logger`` are standard loggers (they stay silent on replay); they come out through
the same structlog renderer as everything else.
"""

from __future__ import annotations

import logging
import sys
from functools import cache

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow

from infra.settings import TelemetrySettings
from schemas import application, events, evidence, exchange
from schemas.base import MASK, Model, personal_fields

_LANGUAGE = (application, events, evidence, exchange)
_NOISE = ("temporal_workflow", "temporal_activity", "temporal_nexus_operation")


@cache
def personal_names() -> frozenset[str]:
    """Names of all fields marked personal anywhere in the language."""
    models = (m for module in _LANGUAGE for m in vars(module).values() if isinstance(m, type) and issubclass(m, Model))
    return frozenset(name for model in models for name in personal_fields(model))


def mask_personal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask every value logged under the name of a personal field, at any depth."""
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: object, value: object) -> object:
    if key in personal_names():
        return MASK
    if isinstance(value, dict):
        return {k: _masked(k, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(None, v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def add_case(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add whose case this is, when inside a workflow or an activity."""
    for name in _NOISE:
        event.pop(name, None)
    if workflow.in_workflow():
        info = workflow.info()
        event.update(workflow_id=info.workflow_id, run_id=info.run_id)
    elif activity.in_activity():
        told = activity.info()
        event.update(workflow_id=told.workflow_id, run_id=told.workflow_run_id, activity=told.activity_type)
    workflow_id = event.get("workflow_id")
    if isinstance(workflow_id, str) and "/" in workflow_id:
        event["application_no"] = workflow_id.split("/")[1]
    return event


def configure_logs(settings: TelemetrySettings) -> None:
    """Send structlog and standard logging through one renderer to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        add_case,
        mask_personal,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if settings.log_json else structlog.dev.ConsoleRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            *(p for p in shared if not isinstance(p, structlog.stdlib.ExtraAdder)),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
