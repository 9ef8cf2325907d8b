"""The rule in SQL shows exactly the cases that the rule grants one by one."""

from __future__ import annotations

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.postgres.visibility import CaseColumns, condition
from schemas.authority import Action, Principal, Target, Visibility, decide, visible
from tests.schemas.principals import principals, targets

TABLE = """
    SELECT number FROM unnest($1::int[], $2::text[], $3::text[], $4::text[]) AS c (number, item, decides, took_in)
    JOIN unnest($5::int[], $6::text[], $7::text[], $8::text[]) AS a (n, asked, roles, helpers) ON a.n = c.number
    WHERE {condition} ORDER BY number
"""
COLUMNS = CaseColumns(
    item_code="c.item",
    department="c.decides",
    taken_in_by="c.took_in",
    asked="string_to_array(a.asked, ' ')",
    asked_roles="string_to_array(a.roles, ' ')",
    helpers="string_to_array(a.helpers, ' ')",
)
LISTED = (Action.LIST, Action.SEARCH, Action.EXPORT, Action.TASKS, Action.DECODE, Action.TRAIL)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(principals(), st.sampled_from(LISTED), st.lists(targets(), min_size=1, max_size=30))
async def test_a_list_shows_what_a_get_grants(
    database: asyncpg.Pool, principal: Principal, action: Action, cases: list[Target]
) -> None:
    where, parameters = condition(visible(principal, action), COLUMNS, first=9)
    numbers = list(range(len(cases)))
    shown = await database.fetch(
        TABLE.format(condition=where),
        numbers,
        [case.item_code for case in cases],
        [case.department for case in cases],
        [case.taken_in_by for case in cases],
        numbers,
        [" ".join(case.asked) for case in cases],
        [" ".join(case.asked_roles) for case in cases],
        [" ".join(case.helpers) or None for case in cases],
        *parameters,
    )
    granted = [number for number, case in enumerate(cases) if decide(principal, action, case).granted]
    assert [row["number"] for row in shown] == granted


def test_nobody_and_everybody_need_no_parameters() -> None:
    assert condition(Visibility(), CaseColumns()) == ("FALSE", [])
    assert condition(Visibility(everything=True), CaseColumns()) == ("TRUE", [])


def test_parameters_are_numbered_from_where_they_are_told() -> None:
    where, parameters = condition(Visibility(items=("a", "b"), helpers=("p",)), CaseColumns(), first=3)
    assert where == "coalesce(item_code = ANY ($3::text[]) OR helpers && $4::text[], FALSE)"
    assert parameters == [["a", "b"], ["p"]]
