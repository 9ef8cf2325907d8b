"""One endpoint for each act, on the case and on its long routes, made from the table of acts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Security
from pydantic import AwareDatetime

from infra.gateway.act_table import ANSWERING, CASE_ACTS, REPLY, ROUTE_ACTS, DoorAct
from infra.gateway.behind import Behind
from infra.gateway.bodies import body_of, command_of, on_behalf_of, party_of, with_example
from infra.gateway.cases import NoSuchCase
from infra.gateway.examples import example_of
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.temporal.acts import send_act
from schemas.application import Actor, CommandId, Receipt, application_stream
from schemas.authority import ACTS_AS, NOT_OF_ROLE, Action, Principal, Role, actor_of
from schemas.base import Model, Sha256Hex
from schemas.collaboration_exchange import CollaborationCallback, Verdict
from schemas.errors import InvalidInput
from schemas.identifiers import ApplicationNo
from schemas.long_route import RouteView
from schemas.mandate import NEEDED
from schemas.outside import LongText
from schemas.overview import CaseOverview, PartyOverview
from schemas.refused_act import AnyAct

APPLICANT = "applicant"
Endpoint = Callable[..., Awaitable[Model]]
ACT_SECONDS = 20.0
"""How long an act may take to be on record; where it takes longer it follows, and the same act again says how it went.
"""
AsRole = Annotated[
    Role | None, Query(alias="as", description="持有多个角色时，以哪一个办理。As which of several roles.")
]
Number = Annotated[ApplicationNo, Path(description="办件编号。The number of the case.")]
Rest = Annotated[
    str,
    Path(max_length=300, description="工作流编号中第一个斜线之后的部分。The workflow id after its first word."),
]


def router(behind: Behind) -> APIRouter:
    """``/applications/{no}/…`` and ``/routes/{kind}/{rest}/…``."""
    routes = APIRouter(tags=["acts"])
    for act in CASE_ACTS:
        add_act(routes, "/applications/{application_no}", act, _on_case(behind, act), act.act.value, Receipt)
    for kind, acts in ROUTE_ACTS.items():
        for act in acts:
            add_act(routes, _below(kind), act, _on_route(behind, kind, act), f"{kind}_{act.act.value}", Receipt)
    for kind in ANSWERING:
        add_act(routes, _below(kind), REPLY, _reply(behind, kind), f"{kind}_reply", Receipt, StaffReply.__doc__)
    return routes


def add_act(
    routes: APIRouter, below: str, act: DoorAct, endpoint: Endpoint, name: str, answer: type[Model],
    said: str | None = None,
) -> None:  # fmt: skip
    """Let an act in at its place ``below`` an address; ``said`` describes the body where it is not the command's."""
    routes.add_api_route(
        f"{below}/{act.segment}",
        endpoint,
        methods=["POST"],
        name=name,
        operation_id=name,
        response_model=answer,
        **both(act.zh, act.en, said or act.command.__doc__ or ""),
    )


def _below(kind: str) -> str:
    """The address of the long routes of a kind."""
    return f"/routes/{kind}/{{rest:path}}"


class StaffReply(with_example(example_of("StaffReply"))):  # type: ignore[misc]
    """What staff of a department that was asked say at the counter page; the platform would bring the same.

    ``verdict``: ``confirmed`` / ``refuted`` / ``no_record`` / ``needs_more`` / ``declined`` for a fact, ``agree`` /
    ``agree_with_conditions`` / ``disagree`` / ``no_opinion`` / ``outside_remit`` for an opinion.
    """

    command_id: CommandId
    verdict: Verdict
    reason: LongText | None = None
    document_digest: Sha256Hex | None = None
    conditions: LongText | None = None
    backfilled: bool = False
    answered_at: AwareDatetime


async def actor_for(
    behind: Behind, principal: Principal, allowed: tuple[Role, ...], role: Role | None,
    action: Action = Action.ACT, application_no: str | None = None,
) -> Actor:  # fmt: skip
    """As what the principal does an act; that it may not is noted.  Raises Refused 403."""
    try:
        return _actor(principal, allowed, role)
    except Refused as refused:
        await behind.guard.refused(principal, action, refused.code, application_no)
        raise


def _actor(principal: Principal, allowed: tuple[Role, ...], role: Role | None) -> Actor:
    held = [r for r in principal.roles if r in allowed and (role is None or r is role)]
    if not held:
        raise Refused(403, "role_not_held" if role is not None and role not in principal.roles else NOT_OF_ROLE)
    if len({ACTS_AS[r] for r in held}) > 1:
        raise Refused(403, "role_unclear")
    return actor_of(principal, held[0])


async def do(behind: Behind, stream: str, act: DoorAct, command: AnyAct) -> Receipt:
    """Do the act.  Raises Refused 409 once the refusal is on record, NoSuchWorkflow, and what is tried again."""
    queue = behind.ledger_queue
    try:
        async with asyncio.timeout(ACT_SECONDS):
            return await send_act(behind.client, stream, act.act.value, command, update_id(command), ledger_queue=queue)
    except InvalidInput as refused:
        if all(e.code == "malformed" for e in refused.errors):
            raise Refused(422, "invalid", errors=refused.errors) from None
        raise Refused(409, "act_refused", errors=refused.errors) from None


def update_id(command: AnyAct) -> str:
    """The id of its Update (pure): of all that is said, for Temporal answers a known id without a look at what is said
    now; that another content has the same ``command_id`` is told by the workflow."""
    return hashlib.sha256(command.model_dump_json().encode()).hexdigest()


def _on_case(behind: Behind, act: DoorAct) -> Callable[..., Awaitable[Receipt]]:
    body_model = body_of(act.command, act.act in NEEDED)

    async def endpoint(
        application_no: Number, body: Any, principal: Principal = Security(behind.bearer), role: AsRole = None
    ) -> Receipt:
        actor = await actor_for(behind, principal, act.roles, role, application_no=application_no)
        seen = await behind.look(principal, Action.ACT, application_no)
        command = command_of(act.command, body, actor)
        on_behalf = on_behalf_of(body)
        if on_behalf is not None:
            party = _party(seen, party_of(command))
            try:
                actor = await behind.acting_for(
                    principal, on_behalf, party.subject_ref, act.act, seen.status.item_code, application_no
                )
            except Refused as refused:
                await behind.guard.refused(principal, Action.ACT, refused.code, application_no)
                raise
            command = command_of(act.command, body, actor)
        return await do(behind, application_stream(application_no), act, command)

    endpoint.__annotations__["body"] = body_model
    return endpoint


def _reply(behind: Behind, kind: str) -> Callable[..., Awaitable[Receipt]]:
    async def endpoint(
        rest: Rest, body: StaffReply, principal: Principal = Security(behind.bearer), role: AsRole = None
    ) -> Receipt:
        actor = await actor_for(behind, principal, REPLY.roles, role)
        stream = f"{kind}/{rest}"
        view = await _route(behind, principal, stream)
        if view.key is None or actor.department is None:
            raise Refused(404, "not_found")
        said = {name: getattr(body, name) for name in StaffReply.model_fields if name != "command_id"}
        ours = {"message_id": body.command_id, "stream": stream, "key": view.key}
        who = {"department": actor.department, "unit": principal.unit, "answered_by": principal.principal_id}
        return await do(behind, stream, REPLY, CollaborationCallback.model_validate(said | ours | who))

    return endpoint


async def _route(behind: Behind, principal: Principal, stream: str) -> RouteView:
    """The long route, if the principal may act on its case; one that is not there is noted as one that is hidden.

    Raises Refused, NoSuchCase, CannotLook.
    """
    try:
        view = await behind.cases.route(stream)
    except NoSuchCase:
        await behind.guard(principal, Action.ACT, None, stream.split("/")[1])
        raise
    await behind.look(principal, Action.ACT, view.application_no)
    return view


def _party(seen: CaseOverview, party_id: str | None) -> PartyOverview:
    """The party for whom a representative acts.  Raises Refused 422."""
    for party in seen.parties:
        if party.party_id == party_id or (party_id is None and party.role == APPLICANT):
            return party
    raise Refused(422, "unknown_party")


def _on_route(behind: Behind, kind: str, act: DoorAct) -> Callable[..., Awaitable[Receipt]]:
    body_model = body_of(act.command, by_representative=False)

    async def endpoint(
        rest: Rest, body: Any, principal: Principal = Security(behind.bearer), role: AsRole = None
    ) -> Receipt:
        actor = await actor_for(behind, principal, act.roles, role)
        stream = f"{kind}/{rest}"
        await _route(behind, principal, stream)
        return await do(behind, stream, act, command_of(act.command, body, actor))

    endpoint.__annotations__["body"] = body_model
    return endpoint
