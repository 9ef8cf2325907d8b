"""The HTTP door: every way in, composed."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from infra.gateway import (
    acts,
    applications,
    batch,
    bulk,
    evidence,
    interventions,
    statistics,
    task_acts,
    tasks,
    trail,
    uses,
)
from infra.gateway.batch import LineResult
from infra.gateway.behind import Behind
from infra.gateway.failures import handle_failures
from infra.gateway.reading import PATIENCE_SECONDS, Bounded
from infra.gateway.said import PROBLEMS, Problem
from schemas.door import ApplicationIntake

TITLE = "免证 Mianzheng"
DESCRIPTION = (
    "无证明城市办件编排：每项证明要求走哪条路径、为何、凭谁的话、限何时，事后均可查证。\n\n"
    "One door for business systems, staff and platforms. Every 4xx is an `application/problem+json` (RFC 9457) whose "
    "`code` is stable and whose `errors` name the field or the rule."
)
VERSION = "0.3.0"
UNNAMED_MODELS = (Problem, LineResult, ApplicationIntake)
"""Models that the description names only by reference."""


def create_app(
    behind: Behind,
    more: Iterable[APIRouter] = (),
    mounted: Iterable[BaseRoute] = (),
    patience_seconds: float = PATIENCE_SECONDS,
) -> FastAPI:
    """The application.  ``more`` are further ways in with the same tokens, ``mounted`` those with seals."""
    app = FastAPI(
        title=TITLE,
        description=DESCRIPTION,
        version=VERSION,
        responses=PROBLEMS,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    handle_failures(app)
    app.add_middleware(Bounded, patience_seconds=patience_seconds)
    begin = applications.Start(behind)
    app.include_router(batch.router(behind, begin))  # before the ones whose path has a number there
    app.include_router(applications.router(behind, begin))
    app.include_router(evidence.router(behind))
    app.include_router(acts.router(behind))
    app.include_router(tasks.router(behind))
    app.include_router(task_acts.router(behind))
    app.include_router(interventions.router(behind))
    app.include_router(bulk.router(behind))
    app.include_router(trail.router(behind))
    app.include_router(statistics.router(behind))
    app.include_router(uses.router(behind))
    for router in more:
        app.include_router(router)
    app.routes.extend(mounted)
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    """Add to the OpenAPI description the models it names only by reference."""
    made = app.openapi

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            document = made()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for model in UNNAMED_MODELS:
                whole = model.model_json_schema(ref_template="#/components/schemas/{model}")
                schemas |= {name: part for name, part in whole.pop("$defs", {}).items() if name not in schemas}
                schemas.setdefault(model.__name__, whole)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]
