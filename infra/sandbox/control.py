"""The control API of the sandbox: faults, records and calls, in JSON, for this machine only."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.sandbox.control_offices import office_handlers
from infra.sandbox.faults import Fault
from infra.sandbox.offices import Offices
from infra.sandbox.population import Standing
from infra.sandbox.state import State
from infra.sandbox.vocabulary import Record
from schemas.application import FactValue
from schemas.codes import LicenceStatus, Platform

Handler = Callable[[Request], Awaitable[Response]]

_CALL_FILTERS = ("platform", "operation", "holder_code", "resource_code", "case_no", "idempotency_key")
_MOST_CALLS = 1000


class PutRecord(BaseModel):
    """What a source shall hold of a holder from now on; ``count`` 0 is "no record".

    Without ``platform`` it is the one whose source has the resource code, else the national e-licence library (which
    platform it is only decides the form of the identifier).  ``remove`` gives the population's own record back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    holder_code: str
    holder_name: str = "样例无名"
    resource_code: str
    platform: Platform | None = None
    identifier: str | None = None
    content: dict[str, FactValue] = Field(default_factory=dict)
    status: LicenceStatus = LicenceStatus.VALID
    valid_from: date | None = None
    valid_until: date | None = None
    count: int = Field(default=1, ge=0, le=20)
    remove: bool = False


def control_app(state: State, offices: Offices) -> Starlette:
    """The application behind ``/control``."""

    async def list_calls(request: Request) -> Response:
        wanted = {name: request.query_params[name] for name in _CALL_FILTERS if name in request.query_params}
        calls = list(state.calls_about(**wanted))
        counts: dict[str, dict[str, int]] = {}
        for (platform, operation), count in sorted(state.counts.items()):
            counts.setdefault(platform, {})[operation] = count
        limit = min(int(request.query_params.get("limit", _MOST_CALLS)), _MOST_CALLS)
        return JSONResponse({"total": sum(state.counts.values()), "counts": counts, "calls": calls[-limit:]})

    async def forget_calls(request: Request) -> Response:
        state.calls.clear()
        state.counts.clear()
        return Response(status_code=204)

    async def list_faults(request: Request) -> Response:
        return JSONResponse({"faults": state.faults.listed()})

    async def add_fault(request: Request) -> Response:
        fault = Fault.model_validate_json(await request.body())
        state.forget_answers()
        return JSONResponse({"id": state.faults.add(fault)}, status_code=201)

    async def clear_faults(request: Request) -> Response:
        state.forget_answers()
        number = request.query_params.get("id")
        if number is None:
            state.faults.clear()
        elif not state.faults.remove(int(number)):
            return JSONResponse({"error": "no such fault"}, status_code=404)
        return Response(status_code=204)

    async def put_record(request: Request) -> Response:
        put = PutRecord.model_validate_json(await request.body())
        if put.remove:
            return JSONResponse({"removed": state.restore(put.holder_code, put.resource_code)})
        records = records_of(state, put)
        state.put(put.holder_code, put.resource_code, records)
        return JSONResponse({"identifiers": [record.identifier for record in records]}, status_code=201)

    return Starlette(
        routes=[
            Route("/control/calls", _careful(list_calls), methods=["GET"]),
            Route("/control/calls", _careful(forget_calls), methods=["DELETE"]),
            Route("/control/faults", _careful(list_faults), methods=["GET"]),
            Route("/control/faults", _careful(add_fault), methods=["POST"]),
            Route("/control/faults", _careful(clear_faults), methods=["DELETE"]),
            Route("/control/records", _careful(put_record), methods=["POST"]),
            *(
                Route(path, _careful(handler), methods=[method])
                for path, method, handler in office_handlers(state, offices)
            ),
        ]
    )


def records_of(state: State, put: PutRecord) -> tuple[Record, ...]:
    """The records that a test puts in place; the second and further ones have identifiers of their own."""
    offered = (p for p in Platform if state.population.source(p, put.resource_code) is not None)
    platform = put.platform or next(offered, Platform.ELICENCE_NATIONAL)
    records = []
    for number in range(1, put.count + 1):
        model = state.population.record(platform, put.holder_code, put.resource_code, Standing.HIT, number)
        records.append(
            Record(
                identifier=put.identifier if put.identifier and number == 1 else model.identifier,
                resource_code=put.resource_code,
                holder_code=put.holder_code,
                holder_name=put.holder_name,
                status=put.status,
                # Several records must differ in something, or they are one record said several times.
                valid_from=put.valid_from if number == 1 else model.valid_from,
                valid_until=put.valid_until,
                content=tuple(put.content.items()),
            )
        )
    return tuple(records)


def _careful(handler: Handler) -> Handler:
    """Only for this machine, and bad input is named."""

    async def handle(request: Request) -> Response:
        if not _is_local(request):
            return JSONResponse({"error": "control is for the local machine only"}, status_code=403)
        try:
            return await handler(request)
        except ValidationError as error:
            wrong: list[dict[str, Any]] = [
                {"field": ".".join(str(part) for part in e["loc"]), "message": e["msg"]} for e in error.errors()
            ]
            return JSONResponse({"errors": wrong}, status_code=422)
        except ValueError:
            return JSONResponse({"error": "not a number"}, status_code=422)

    return handle


def _is_local(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
