"""The rule of access: the same for one case and for a list, and as the county's offices expect it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.authority import (
    GROUNDS,
    NOT_OF_ROLE,
    SIGHT,
    Action,
    Answer,
    CannotAct,
    Principal,
    Role,
    Target,
    actor_of,
    decide,
    visible,
)
from schemas.codes import ActorKind
from schemas.worklist import keys_of, keys_seen
from tests.schemas.principals import DEPARTMENTS, principals, targets

OURS, THEIRS, ASKED = DEPARTMENTS
CASE = Target(
    application_no="a-1",
    item_code="item_a",
    department=OURS,
    taken_in_by=THEIRS,
    asked=(ASKED,),
    asked_roles=(Role.CASE_HELPER,),
    helpers=("helper-1",),
)
ELSEWHERE = Target(application_no="a-2", item_code="item_z", department=ASKED)


def holder(*roles: Role, department: str | None = OURS, items: tuple[str, ...] = (), name: str = "p1") -> Principal:
    return Principal(principal_id=name, roles=roles, department=department, items=items)


def expected(principal: Principal, action: Action, target: Target) -> bool:
    """The rule written a second time, role by role, without its table."""
    own = principal.department
    scope = target.item_code in principal.items if principal.items else own is not None and target.department == own
    window = scope or (own is not None and target.taken_in_by == own)
    asked = own is not None and own in target.asked
    sees = action in (Action.READ, Action.EXPLAIN, Action.LIST, Action.SEARCH)
    works = sees or action in (Action.TASKS, Action.CLAIM, Action.ACT)
    counts = (Action.STATISTICS, Action.COMPLAINT)
    for role in principal.roles:
        body = asked or role in target.asked_roles
        match role:
            case Role.BUSINESS_SYSTEM:
                granted = (scope and action in (Action.START, Action.SUBSCRIBE)) or (
                    window and (sees or action in (Action.ACT, Action.MANDATE))
                )
            case Role.CLERK | Role.TOWNSHIP:
                granted = (scope and action is Action.START) or (
                    window and (works or action in (Action.MANDATE, Action.UNMASK))
                )
                granted |= window and role is Role.TOWNSHIP and action is Action.STATISTICS
                granted |= role is Role.TOWNSHIP and action is Action.SUBMIT
            case Role.DEPARTMENT:
                own_work = (Action.OVERRIDE, Action.TRAIL, Action.EXPORT, Action.DECODE, Action.UNMASK)
                granted = ((scope or asked) and works) or (scope and action in (*own_work, Action.STATISTICS))
                granted |= action is Action.SUBMIT
            case Role.CASE_HELPER:
                granted = works and (principal.principal_id in target.helpers or role in target.asked_roles)
            case Role.COMMITTEE:
                steers = (Action.INTERVENE, Action.OVERRIDE, Action.TRAIL, Action.DECODE, *counts, Action.SUBMISSIONS)
                granted = sees or action in steers or (works and body)
            case Role.JUSTICE | Role.REFORM | Role.CREDIT_OFFICE | Role.DATA_BUREAU:
                granted = works and body
                granted |= action is Action.SUBMIT
                granted |= role is Role.JUSTICE and action in counts
                granted |= role in (Role.REFORM, Role.DATA_BUREAU) and action is Action.STATISTICS
            case Role.EFFICIENCY:
                granted = sees or action in (Action.TRAIL, Action.EXPORT, Action.DECODE, *counts, Action.SUBMISSIONS)
            case Role.SUPERVISOR:
                granted = sees or action in (Action.TASKS, Action.INTERVENE, Action.DECODE, Action.STATISTICS)
                granted |= action is Action.SUBMISSIONS
            case Role.AUDITOR:
                audits = (Action.TRAIL, Action.EXPORT, Action.DECODE, Action.UNMASK, Action.ACCESS_RECORD)
                granted = sees or action in audits or action in (Action.STATISTICS, Action.SUBMISSIONS)
            case Role.OPERATOR:
                granted = action is Action.OPERATE
        if granted:
            return True
    return False


@given(principals(), st.sampled_from(Action), targets())
def test_one_case_and_a_list_follow_the_same_rule(principal: Principal, action: Action, target: Target) -> None:
    granted = decide(principal, action, target).granted
    cases = visible(principal, action)
    assert granted == cases.covers(target) == expected(principal, action, target)
    seen = keys_seen(cases)
    assert granted == (seen is None or not set(seen).isdisjoint(keys_of(target))), "what the lists in SQL compare"


@given(principals(), targets())
def test_every_way_to_see_a_case_shows_the_same_cases(principal: Principal, target: Target) -> None:
    assert len({decide(principal, action, target) for action in SIGHT}) == 1
    assert len({visible(principal, action) for action in SIGHT}) == 1


@given(principals(), st.sampled_from(sorted(set(Action) - {Action.START})), targets())
def test_a_case_one_may_not_see_answers_like_one_that_does_not_exist(
    principal: Principal, action: Action, target: Target
) -> None:
    verdict = decide(principal, action, target)
    if not verdict.granted and not decide(principal, Action.READ, target).granted:
        assert verdict == decide(principal, action, None)


@given(principals(), st.sampled_from(Action), targets())
def test_several_roles_add_up(principal: Principal, action: Action, target: Target) -> None:
    each = [decide(principal.model_copy(update={"roles": (role,)}), action, target) for role in principal.roles]
    assert decide(principal, action, target).granted == any(verdict.granted for verdict in each)


@pytest.mark.parametrize(
    ("principal", "action", "target", "answer"),
    [
        pytest.param(holder(Role.BUSINESS_SYSTEM), Action.START, CASE, Answer.GRANTED, id="its department's item"),
        pytest.param(holder(Role.BUSINESS_SYSTEM), Action.START, ELSEWHERE, Answer.REFUSED, id="another's item"),
        pytest.param(
            holder(Role.BUSINESS_SYSTEM, items=("item_z",)), Action.START, ELSEWHERE, Answer.GRANTED, id="item named"
        ),
        pytest.param(
            holder(Role.BUSINESS_SYSTEM, items=("item_z",)), Action.READ, CASE, Answer.HIDDEN, id="items narrow"
        ),
        pytest.param(holder(Role.CLERK, department=THEIRS), Action.READ, CASE, Answer.GRANTED, id="took it in"),
        pytest.param(holder(Role.CLERK, department=ASKED), Action.READ, CASE, Answer.HIDDEN, id="another window"),
        pytest.param(holder(Role.DEPARTMENT, department=ASKED), Action.ACT, CASE, Answer.GRANTED, id="was asked"),
        pytest.param(
            holder(Role.DEPARTMENT, department=ASKED), Action.OVERRIDE, CASE, Answer.REFUSED, id="asked decides not"
        ),
        pytest.param(
            holder(Role.CASE_HELPER, department=None, name="helper-1"), Action.ACT, CASE, Answer.GRANTED, id="helper"
        ),
        pytest.param(holder(Role.SUPERVISOR), Action.INTERVENE, CASE, Answer.GRANTED, id="supervisor presses"),
        pytest.param(holder(Role.SUPERVISOR), Action.ACT, CASE, Answer.REFUSED, id="supervisor acts not"),
        pytest.param(holder(Role.SUPERVISOR), Action.OVERRIDE, CASE, Answer.REFUSED, id="supervisor decides not"),
        pytest.param(holder(Role.EFFICIENCY), Action.TRAIL, CASE, Answer.GRANTED, id="efficiency reads trails"),
        pytest.param(holder(Role.EFFICIENCY), Action.INTERVENE, CASE, Answer.REFUSED, id="efficiency presses not"),
        pytest.param(holder(Role.AUDITOR), Action.TRAIL, CASE, Answer.GRANTED, id="auditor audits"),
        pytest.param(holder(Role.AUDITOR), Action.OPERATE, None, Answer.REFUSED, id="auditor operates not"),
        pytest.param(holder(Role.OPERATOR), Action.OPERATE, None, Answer.GRANTED, id="operator operates"),
        pytest.param(holder(Role.OPERATOR), Action.READ, CASE, Answer.REFUSED, id="operator sees no case"),
        pytest.param(holder(Role.OPERATOR), Action.ACCESS_RECORD, None, Answer.REFUSED, id="operator audits not"),
    ],
)
def test_as_the_offices_expect(principal: Principal, action: Action, target: Target | None, answer: Answer) -> None:
    assert decide(principal, action, target).answer is answer


def test_every_action_is_somebodys_and_every_role_has_one() -> None:
    assert {action for given_to in GROUNDS.values() for action in given_to} == set(Action)
    assert set(GROUNDS) == set(Role)
    assert decide(holder(Role.OPERATOR), Action.READ).code == NOT_OF_ROLE


def test_auditor_and_operator_are_never_one_person() -> None:
    with pytest.raises(ValidationError, match="不得由同一人兼任"):
        holder(Role.AUDITOR, Role.OPERATOR)


def test_who_works_for_a_department_names_it() -> None:
    with pytest.raises(ValidationError, match="须写明所属部门"):
        holder(Role.CLERK, department=None)


def test_the_actor_comes_from_the_token() -> None:
    actor = actor_of(holder(Role.CLERK, Role.TOWNSHIP))
    assert (actor.kind, actor.actor_id, actor.department) == (ActorKind.CLERK, "p1", OURS)
    assert actor_of(holder(Role.CLERK, Role.COMMITTEE), Role.COMMITTEE).kind is ActorKind.COMMITTEE


@pytest.mark.parametrize(
    ("principal", "role", "code"),
    [
        (holder(Role.CLERK), Role.COMMITTEE, "role_not_held"),
        (holder(Role.AUDITOR), None, "role_does_not_act"),
        (holder(Role.CLERK, Role.COMMITTEE), None, "role_unclear"),
    ],
)
def test_who_cannot_be_an_actor_is_told_why(principal: Principal, role: Role | None, code: str) -> None:
    with pytest.raises(CannotAct) as refused:
        actor_of(principal, role)
    assert refused.value.code == code
