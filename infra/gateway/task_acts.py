"""What people do to a task: take it in hand, press on, and, two together, change what comes of it.

Who may is asked of the rule here, and of the act again in the workflow; the answer is the task as it was seen after.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Security

from infra.gateway.act_table import DoorAct
from infra.gateway.acts import AsRole, actor_for, add_act, do
from infra.gateway.behind import Behind
from infra.gateway.bodies import body_of, command_of
from infra.gateway.keeping_up import until_read
from infra.gateway.problems import Refused
from infra.gateway.tasks import TaskId
from infra.worklist import read
from infra.worklist.listed import ListedTask, task_place
from schemas.application import Act, Receipt
from schemas.authority import Action, Principal, Role, visible
from schemas.base import Model
from schemas.claim_acts import ClaimTask, HandOverTask, ReleaseTask
from schemas.intervention_acts import ConfirmOverride, ProposeOverride, Remind
from schemas.joining import workflow_of
from schemas.supervision import AnnulAlarm, Reassign

OFFICES = (
    Role.CLERK, Role.TOWNSHIP, Role.DEPARTMENT, Role.CASE_HELPER, Role.COMMITTEE, Role.JUSTICE, Role.REFORM,
    Role.CREDIT_OFFICE, Role.DATA_BUREAU,
)  # fmt: skip
PRESSING = (Role.SUPERVISOR, Role.COMMITTEE)
OVERRIDING = (Role.DEPARTMENT, Role.COMMITTEE)
KNOWN = ("assignment",)


@dataclass(frozen=True)
class TaskAct(DoorAct):
    """An act on a task, and what it is for the rule of access."""

    action: Action

    def asks(self, role: Role | None) -> Action:
        """Releasing what another has is a supervisor's intervention."""
        return Action.INTERVENE if role is Role.SUPERVISOR and self.action is Action.CLAIM else self.action


ACTS = (
    TaskAct(Act.CLAIM_TASK, ClaimTask, "claim", OFFICES, "认领", "Take a task in hand", Action.CLAIM),
    TaskAct(
        Act.RELEASE_TASK, ReleaseTask, "release", (*OFFICES, Role.SUPERVISOR),
        "放回；督办人员可附理由放回他人认领的", "Give a task back", Action.CLAIM,
    ),
    TaskAct(
        Act.HAND_OVER_TASK, HandOverTask, "hand-over", OFFICES,
        "移交本单位同事，附理由", "Hand over to a colleague of the same office", Action.CLAIM,
    ),
    TaskAct(Act.REMIND, Remind, "remind", PRESSING, "催办", "Remind again, out of turn", Action.INTERVENE),
    TaskAct(
        Act.REASSIGN, Reassign, "reassign", (Role.SUPERVISOR,),
        "改派至本单位其他岗位", "Give to another desk of the office", Action.INTERVENE,
    ),
    TaskAct(
        Act.ANNUL_ALARM, AnnulAlarm, "annul-alarm", (Role.SUPERVISOR,),
        "撤销误报的预警", "Annul a false alarm", Action.INTERVENE,
    ),
    TaskAct(
        Act.PROPOSE_OVERRIDE, ProposeOverride, "override", OVERRIDING,
        "提议延长环节时限，或不再等待", "Propose to extend, or to wait no longer", Action.OVERRIDE,
    ),
    TaskAct(
        Act.CONFIRM_OVERRIDE, ConfirmOverride, "override/confirm", OVERRIDING,
        "由另一人确认该提议", "Confirm it, as a second person", Action.OVERRIDE,
    ),
)  # fmt: skip


class Observed(Model):
    """What was done is on record (``receipt``); ``task`` is how it was seen to stand afterwards.

    ``null`` where the lists had not read it in time: look again with ``GET /tasks/{task_id}``.
    """

    receipt: Receipt
    task: ListedTask | None


def router(behind: Behind) -> APIRouter:
    """``POST /tasks/{task_id}/…``."""
    routes = APIRouter(tags=["worklists"])
    for act in ACTS:
        add_act(routes, "/tasks/{task_id}", act, _endpoint(behind, act), act.act.value, Observed)
    return routes


async def allowed(behind: Behind, principal: Principal, action: Action, task_id: str) -> tuple[str, str]:
    """Stream and assignment of a task to which the principal may do this.  Raises Refused.

    Of a task that cases share, whoever may do it to one of them may; one nobody may see is not there.
    """
    try:
        stream, assignment = task_place(task_id)
    except LookupError:
        stream, assignment = "", ""
    targets = await read.targets_of_task(behind.pool, stream, assignment)
    granting, seeing = visible(principal, action), visible(principal, Action.READ)
    best = next((t for t in targets if granting.covers(t)), None) or next(
        (t for t in targets if seeing.covers(t)), None
    )
    await behind.guard(principal, action, best, best.application_no if best is not None else None)
    return stream, assignment


async def observed(behind: Behind, principal: Principal, receipt: Receipt, stream: str, assignment: str) -> Observed:
    """The task as the lists have it once they have read what was done."""
    if not await until_read(behind.pool, receipt.position.event_id):
        return Observed(receipt=receipt, task=None)
    sees = visible(principal, Action.READ)
    return Observed(receipt=receipt, task=await read.task(behind.pool, sees, stream, assignment))


def _endpoint(behind: Behind, act: TaskAct) -> Callable[..., Awaitable[Observed]]:
    body_model = body_of(act.command, False, KNOWN)

    async def endpoint(
        task_id: TaskId, body: Any, principal: Principal = Security(behind.bearer), role: AsRole = None
    ) -> Observed:
        actor = await actor_for(behind, principal, act.roles, role, act.asks(role))
        held = next((r for r in principal.roles if r in act.roles and role in (None, r)), None)
        stream, assignment = await allowed(behind, principal, act.asks(held), task_id)
        command = command_of(act.command, body, actor, assignment=assignment)
        receipt = await do(behind, workflow_of(stream), act, command)
        return await observed(behind, principal, receipt, stream, assignment)

    endpoint.__annotations__["body"] = body_model
    return endpoint


def named(act: Act) -> TaskAct:
    """The act on a task of this kind.  Raises Refused 404."""
    found = next((each for each in ACTS if each.act is act), None)
    if found is None:
        raise Refused(404, "not_found")
    return found
