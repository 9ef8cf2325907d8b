"""Generated principals and cases, close enough to each other that the rule's grounds really meet."""

from __future__ import annotations

from hypothesis import strategies as st

from schemas.authority import FORBIDDEN_TOGETHER, Principal, Role, Target

DEPARTMENTS = ("11350526MB0000001C", "11350526MB0000002F", "11350526MB0000003J")
ITEMS = ("item_a", "item_b", "item_c")
PEOPLE = ("p1", "p2", "p3")

departments = st.sampled_from(DEPARTMENTS)
several_departments = st.lists(departments, max_size=2, unique=True).map(tuple)


@st.composite
def principals(draw: st.DrawFn) -> Principal:
    roles = draw(
        st.lists(st.sampled_from(Role), min_size=1, max_size=4, unique=True).filter(
            lambda chosen: not any(together <= set(chosen) for together in FORBIDDEN_TOGETHER)
        )
    )
    needed = {Role.BUSINESS_SYSTEM, Role.CLERK, Role.DEPARTMENT, Role.TOWNSHIP} & set(roles)
    return Principal(
        principal_id=draw(st.sampled_from(PEOPLE)),
        roles=tuple(roles),
        department=draw(departments if needed else st.none() | departments),
        items=draw(st.lists(st.sampled_from(ITEMS), max_size=2, unique=True).map(tuple)),
    )


@st.composite
def targets(draw: st.DrawFn) -> Target:
    return Target(
        application_no=draw(st.sampled_from(("a-1", "a-2"))),
        item_code=draw(st.sampled_from(ITEMS)),
        department=draw(departments),
        taken_in_by=draw(st.none() | departments),
        asked=draw(several_departments),
        asked_roles=draw(st.lists(st.sampled_from(Role), max_size=2, unique=True).map(tuple)),
        helpers=draw(st.lists(st.sampled_from(PEOPLE), max_size=1).map(tuple)),
    )
