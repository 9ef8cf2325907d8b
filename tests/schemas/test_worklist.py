"""Grounds as words of a list: the same rule as for one case."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.authority import Action, Principal, Target, visible
from schemas.worklist import keys_of, keys_seen
from tests.schemas.principals import principals, targets


@given(principal=principals(), action=st.sampled_from(Action), target=targets())
def test_a_list_filtered_by_words_is_the_rule(principal: Principal, action: Action, target: Target) -> None:
    visibility = visible(principal, action)
    wanted = keys_seen(visibility)
    shown = wanted is None or not set(wanted).isdisjoint(keys_of(target))
    assert shown == visibility.covers(target)


def test_a_number_that_nothing_is_known_of_is_shown_to_whoever_sees_all() -> None:
    assert keys_of(Target(application_no="a-1")) == ()
