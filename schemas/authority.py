"""权限: who may do what to which case.  One rule for get, list, search, export, worklist and codec (pure).

The rule is data (``GROUNDS``): a role has an action on some *grounds*, and a ground is a fact of the case.  ``visible``
turns it into what a list can filter by, ``decide`` asks the same value about one case; so a list can never show
what a get would hide.  Roles are those of the policy's bodies (domain §1.3) and of whoever runs and audits the system.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from schemas.application import Actor, OpaqueId
from schemas.base import Model, ShortText
from schemas.codes import ActorKind
from schemas.identifiers import ApplicationNo, Uscc, refuse_resident_id

PrincipalId = Annotated[OpaqueId, AfterValidator(refuse_resident_id)]
"""The token's ``sub``: a staff or system number, for it stands in the ledger and in logs."""
ItemScope = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_]{2,60}$")]


class Role(StrEnum):
    """What an identity provider may say somebody is."""

    BUSINESS_SYSTEM = "business_system"
    CLERK = "clerk"
    DEPARTMENT = "department"
    CASE_HELPER = "case_helper"
    COMMITTEE = "committee"
    JUSTICE = "justice"
    REFORM = "reform"
    CREDIT_OFFICE = "credit_office"
    DATA_BUREAU = "data_bureau"
    EFFICIENCY = "efficiency"
    TOWNSHIP = "township"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Action(StrEnum):
    """What can be wanted of a case, or of the system."""

    START = "start"
    READ = "read"
    EXPLAIN = "explain"
    LIST = "list"
    SEARCH = "search"
    ACT = "act"
    TASKS = "tasks"
    CLAIM = "claim"
    INTERVENE = "intervene"
    """Retry now, remind, reassign: what changes no outcome."""
    OVERRIDE = "override"
    """Extend, next rung, close: what changes an outcome, and wants a second person."""
    MANDATE = "mandate"
    """Register, look at and revoke a mandate."""
    SUBSCRIBE = "subscribe"
    TRAIL = "trail"
    EXPORT = "export"
    DECODE = "decode"
    """See payloads in the Temporal UI, personal fields masked."""
    UNMASK = "unmask"
    """See personal fields there too, with a reason."""
    ACCESS_RECORD = "access_record"
    """Read who looked at what."""
    STATISTICS = "statistics"
    """Read figures: of the county, of what its department decides and was asked, or of what its windows took in."""
    COMPLAINT = "complaint"
    """Record that somebody was sent for a proof."""
    SUBMIT = "submit"
    """Hand in one's own department's monthly submission, and see what it has handed in."""
    SUBMISSIONS = "submissions"
    """See who has handed in and who is late, and read what was handed in."""
    OPERATE = "operate"
    """Run the system: dead letters, health, re-sending."""


class Ground(StrEnum):
    """A fact of a case that gives a role its action."""

    COUNTY = "county"
    """Every case of the county."""
    SCOPE = "scope"
    """Of the items the token names; where it names none, of the items its department decides."""
    TOOK_IN = "took_in"
    """Its department took the application in."""
    ASKED = "asked"
    """Its department has, or had, a task of the case."""
    ROLE_ASKED = "role_asked"
    """The body of its role has, or had, a task of the case."""
    HELPER = "helper"
    """It is the case's helper itself."""


SIGHT = (Action.READ, Action.EXPLAIN, Action.LIST, Action.SEARCH)
"""The ways to see a case: the same grounds for all of them."""
WITHOUT_A_CASE = (Action.OPERATE, Action.ACCESS_RECORD, Action.COMPLAINT, Action.SUBMIT, Action.SUBMISSIONS)
"""Actions on the system, not on a case: granted by the role alone."""

_EVERY = frozenset({Ground.COUNTY})
_SCOPE = frozenset({Ground.SCOPE})
_WINDOW = frozenset({Ground.SCOPE, Ground.TOOK_IN})
_OFFICE = frozenset({Ground.SCOPE, Ground.ASKED})
_BODY = frozenset({Ground.ROLE_ASKED, Ground.ASKED})
_HELPER = frozenset({Ground.HELPER, Ground.ROLE_ASKED})
_COUNTS = (Action.STATISTICS, Action.COMPLAINT)
"""Of who steers, watches and looks after the lists."""


def _seen(grounds: frozenset[Ground]) -> dict[Action, frozenset[Ground]]:
    return dict.fromkeys(SIGHT, grounds)


def _worked(grounds: frozenset[Ground]) -> dict[Action, frozenset[Ground]]:
    return dict.fromkeys((*SIGHT, Action.TASKS, Action.CLAIM, Action.ACT), grounds)


_AT_A_BODY = _worked(_BODY) | {Action.SUBMIT: _EVERY}
_AT_THE_WINDOW = _worked(_WINDOW) | {Action.START: _SCOPE, Action.MANDATE: _WINDOW, Action.UNMASK: _WINDOW}

GROUNDS: Mapping[Role, Mapping[Action, frozenset[Ground]]] = {
    Role.BUSINESS_SYSTEM: _seen(_WINDOW)
    | {Action.START: _SCOPE, Action.ACT: _WINDOW, Action.MANDATE: _WINDOW, Action.SUBSCRIBE: _SCOPE},
    Role.CLERK: _AT_THE_WINDOW,
    Role.TOWNSHIP: _AT_THE_WINDOW | {Action.STATISTICS: _WINDOW, Action.SUBMIT: _EVERY},
    Role.DEPARTMENT: _worked(_OFFICE)
    | dict.fromkeys(
        (Action.OVERRIDE, Action.TRAIL, Action.EXPORT, Action.DECODE, Action.UNMASK, Action.STATISTICS), _SCOPE
    )
    | {Action.SUBMIT: _EVERY},
    Role.CASE_HELPER: _worked(_HELPER),
    Role.COMMITTEE: _seen(_EVERY)
    | dict.fromkeys((Action.TASKS, Action.CLAIM, Action.ACT), _BODY)
    | dict.fromkeys(
        (Action.INTERVENE, Action.OVERRIDE, Action.TRAIL, Action.DECODE, *_COUNTS, Action.SUBMISSIONS), _EVERY
    ),
    Role.JUSTICE: _AT_A_BODY | dict.fromkeys(_COUNTS, _EVERY),
    Role.REFORM: _AT_A_BODY | {Action.STATISTICS: _EVERY},
    Role.CREDIT_OFFICE: _AT_A_BODY,
    Role.DATA_BUREAU: _AT_A_BODY | {Action.STATISTICS: _EVERY},
    Role.EFFICIENCY: _seen(_EVERY)
    | dict.fromkeys((Action.TRAIL, Action.EXPORT, Action.DECODE, *_COUNTS, Action.SUBMISSIONS), _EVERY),
    Role.SUPERVISOR: _seen(_EVERY)
    | dict.fromkeys((Action.TASKS, Action.INTERVENE, Action.DECODE, Action.STATISTICS, Action.SUBMISSIONS), _EVERY),
    Role.AUDITOR: _seen(_EVERY)
    | dict.fromkeys((Action.TRAIL, Action.EXPORT, Action.DECODE, Action.UNMASK, Action.ACCESS_RECORD), _EVERY)
    | dict.fromkeys((Action.STATISTICS, Action.SUBMISSIONS), _EVERY),
    Role.OPERATOR: {Action.OPERATE: _EVERY},
}
"""Who sees is not who acts: supervisors and 效能办 see the county and decide nothing; the operator sees no case."""

FORBIDDEN_TOGETHER = (frozenset({Role.AUDITOR, Role.OPERATOR}),)
"""No one person has both: the auditor cannot operate, the operator cannot audit."""


def incompatible(roles: Collection[Role]) -> tuple[Role, ...]:
    """Roles among these that no one person may have together; empty where there are none."""
    return next((tuple(sorted(two)) for two in FORBIDDEN_TOGETHER if two <= set(roles)), ())


NEEDS_DEPARTMENT = frozenset({Role.BUSINESS_SYSTEM, Role.CLERK, Role.DEPARTMENT, Role.TOWNSHIP})

ACTS_AS: Mapping[Role, ActorKind] = {
    Role.BUSINESS_SYSTEM: ActorKind.BUSINESS_SYSTEM,
    Role.CLERK: ActorKind.CLERK,
    Role.TOWNSHIP: ActorKind.CLERK,
    Role.DEPARTMENT: ActorKind.DEPARTMENT,
    Role.JUSTICE: ActorKind.DEPARTMENT,
    Role.REFORM: ActorKind.DEPARTMENT,
    Role.CREDIT_OFFICE: ActorKind.DEPARTMENT,
    Role.DATA_BUREAU: ActorKind.DEPARTMENT,
    Role.CASE_HELPER: ActorKind.CASE_HELPER,
    Role.COMMITTEE: ActorKind.COMMITTEE,
    Role.SUPERVISOR: ActorKind.SUPERVISOR,
}
"""As what a role stands in the record of a case; the roles left out do nothing to a case."""


class Principal(Model):
    """Who is at the door, as the token proves it."""

    principal_id: PrincipalId
    roles: tuple[Role, ...] = Field(min_length=1)
    department: Uscc | None = None
    unit: ShortText | None = None
    """内设机构: what keeps proposing and concluding apart inside one body."""
    items: tuple[ItemScope, ...] = Field(default=(), max_length=2000)
    """Item codes; empty: all its department decides."""
    issuer: str = ""
    expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _may_be_one_person(self) -> Self:
        if together := incompatible(self.roles):
            raise ValueError(f"角色 {'、'.join(together)} 不得由同一人兼任")
        if self.department is None and (lacking := NEEDS_DEPARTMENT & set(self.roles)):
            raise ValueError(f"角色 {'、'.join(sorted(lacking))} 须写明所属部门")
        return self


class Target(Model):
    """What the rule has to know of a case (for ``start``: of the case that would be)."""

    application_no: ApplicationNo | None = None
    item_code: str | None = None
    department: Uscc | None = None
    """The department that decides it."""
    taken_in_by: Uscc | None = None
    """The department that took the application in: ``operator.department`` of the request."""
    asked: tuple[Uscc, ...] = ()
    """Departments that have, or had, a task of the case."""
    asked_roles: tuple[Role, ...] = ()
    """Bodies that have, or had, one: ``committee``, ``case_helper``, ``justice``…"""
    helpers: tuple[str, ...] = ()
    """Principal ids of the case's helpers."""


class Visibility(Model):
    """The cases one principal may have one action on: those that meet any of these.  Empty: none.

    Every field is a column of a read model, so that a list filters by the same rule.
    """

    everything: bool = False
    items: tuple[str, ...] = ()
    """Cases of these items."""
    departments: tuple[str, ...] = ()
    """Cases these departments decide."""
    taken_in_by: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    """Cases with a task of these departments."""
    asked_roles: tuple[Role, ...] = ()
    """Cases with a task of these bodies."""
    helpers: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there is no such case, whatever the cases are."""
        return self == Visibility()

    def covers(self, target: Target) -> bool:
        """Whether a case is one of them."""
        return (
            self.everything
            or target.item_code in self.items
            or target.department in self.departments
            or target.taken_in_by in self.taken_in_by
            or not set(self.asked).isdisjoint(target.asked)
            or not set(self.asked_roles).isdisjoint(target.asked_roles)
            or not set(self.helpers).isdisjoint(target.helpers)
        )


class Answer(StrEnum):
    """What the rule says."""

    GRANTED = "granted"
    HIDDEN = "hidden"
    """The caller may not know that the case exists: the same answer as when it does not."""
    REFUSED = "refused"


class Verdict(Model):
    """What the rule says of one action; ``code`` is stable and names why where it is not granted."""

    answer: Answer
    code: str = ""

    @property
    def granted(self) -> bool:
        """Whether it may be done."""
        return self.answer is Answer.GRANTED


NOT_OF_ROLE, OUTSIDE_SCOPE, NOT_FOUND, NOT_YOURS = "not_of_role", "outside_scope", "not_found", "not_yours"


def grounds_of(principal: Principal, action: Action) -> dict[Role, frozenset[Ground]]:
    """The grounds each of the principal's roles gives."""
    return {role: GROUNDS[role][action] for role in principal.roles if action in GROUNDS[role]}


def visible(principal: Principal, action: Action) -> Visibility:
    """The cases the principal may have the action on; several roles add up."""
    by_role = grounds_of(principal, action)
    grounds = frozenset().union(*by_role.values())
    own = () if principal.department is None else (principal.department,)
    scoped = Ground.SCOPE in grounds
    return Visibility(
        everything=Ground.COUNTY in grounds,
        items=principal.items if scoped else (),
        departments=own if scoped and not principal.items else (),
        taken_in_by=own if Ground.TOOK_IN in grounds else (),
        asked=own if Ground.ASKED in grounds else (),
        asked_roles=tuple(role for role, given in by_role.items() if Ground.ROLE_ASKED in given),
        helpers=(principal.principal_id,) if Ground.HELPER in grounds else (),
    )


def decide(principal: Principal, action: Action, target: Target | None = None) -> Verdict:
    """May the principal do this to the case; ``None`` is a case that does not exist, or an action without one.

    A case the principal may not see gives the answer of one that does not exist, whatever the action.
    """
    cases = visible(principal, action)
    if cases.nothing:
        return Verdict(answer=Answer.REFUSED, code=NOT_OF_ROLE)
    if action in WITHOUT_A_CASE or (target is not None and cases.covers(target)):
        return Verdict(answer=Answer.GRANTED)
    if action is Action.START:  # of nothing that exists
        return Verdict(answer=Answer.REFUSED, code=OUTSIDE_SCOPE)
    if target is not None and visible(principal, Action.READ).covers(target):
        return Verdict(answer=Answer.REFUSED, code=NOT_YOURS)
    return Verdict(answer=Answer.HIDDEN, code=NOT_FOUND)


class CannotAct(ValueError):
    """The principal cannot be the actor of an act; ``code`` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def actor_of(principal: Principal, role: Role | None = None) -> Actor:
    """The actor of an act in a case, made from the token: what a request's body says of it is never trusted.

    ``role`` says as what, for who has several that act.  Raises CannotAct (``role_not_held``, ``role_does_not_act``,
    ``role_unclear``).
    """
    if role is not None and role not in principal.roles:
        raise CannotAct("role_not_held")
    kinds = {ACTS_AS[each] for each in ((role,) if role else principal.roles) if each in ACTS_AS}
    if not kinds:
        raise CannotAct("role_does_not_act")
    if len(kinds) > 1:
        raise CannotAct("role_unclear")
    return Actor(kind=kinds.pop(), actor_id=principal.principal_id, department=principal.department)
