"""Expressions of the catalogue: CEL over a record found (conditions) or over the facts of a case (predicates).

CEL (Common Expression Language) has no loops, no I/O and always ends, so an expression is data and can be reviewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import celpy
import lark
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError

from schemas.application import FactValue

CONDITION_NAMES = ("content", "party")
PREDICATE_NAMES = ("party", "item", "parties")
_MACROS = ("all", "exists", "exists_one", "filter", "map")
"""Methods whose first argument is no value but the name by which the second speaks of each element."""

Facts = Mapping[str, FactValue]


class ConditionError(ValueError):
    """The expression does not parse, or what it asks about is missing or of another type."""


@cache
def _tree(expression: str) -> lark.Tree[lark.Token]:
    try:
        tree: lark.Tree[lark.Token] = celpy.Environment().compile(expression)
    except CELParseError as error:
        raise ConditionError(f"条件表达式不合语法：{expression}") from error
    return tree


@cache
def _program(expression: str) -> celpy.Runner:
    return celpy.Environment().program(_tree(expression))


def check_condition(expression: str) -> None:
    """Refuse an expression that does not parse.  Raises ConditionError."""
    _tree(expression)


def strange_names(expression: str, known: Iterable[str]) -> list[str]:
    """Names an expression uses that are not ``known``: it would fail in every case.  It must parse."""
    return sorted(set(_free_names(_tree(expression), frozenset(known))))


def _free_names(tree: lark.Tree[lark.Token], bound: frozenset[str]) -> Iterator[str]:
    if tree.data == "ident":
        name = str(tree.children[0])
        if name not in bound:
            yield name
        return
    branches = _branches(tree)
    if tree.data == "member_dot_arg" and str(tree.children[1]) in _MACROS:
        receiver, arguments = branches
        yield from _free_names(receiver, bound)
        element = {str(token) for token in _branches(arguments)[0].scan_values(lambda _: True)}
        yield from _free_names(arguments, bound | element)
        return
    for branch in branches:
        yield from _free_names(branch, bound)


def _branches(tree: lark.Tree[lark.Token]) -> list[lark.Tree[lark.Token]]:
    return [child for child in tree.children if isinstance(child, lark.Tree)]


def meets(expression: str, content: Facts, party: Facts) -> bool:
    """Whether a record's ``content`` meets the condition, given the party's facts.

    Raises ConditionError where a field is missing or has the wrong type: the source answered in another shape than
    the catalogue expects, which is no judgement on the fact.
    """
    return _evaluate(expression, "记录缺少条件所需的字段", content=dict(content), party=dict(party))


def holds(expression: str, *, party: Facts, item: Mapping[str, str], parties: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a predicate of the catalogue is true of a case.

    Args:
        expression: the predicate.
        party: facts of the party the requirement is about.
        item: ``code``, ``domain`` and ``item_type`` of the service item.
        parties: for every party of the case its ``role``, its ``kind`` and its ``facts``.

    Raises ConditionError where a fact it asks about is missing or of another type: what nobody stated is not true.
    """
    missing = "案件没有适用条件所需的事实"
    everybody = [{name: dict(v) if isinstance(v, Mapping) else v for name, v in p.items()} for p in parties]
    return _evaluate(expression, missing, party=dict(party), item=dict(item), parties=everybody)


def _evaluate(expression: str, missing: str, **context: Any) -> bool:
    try:
        result = _program(expression).evaluate({name: json_to_cel(value) for name, value in context.items()})
    except (CELEvalError, ValueError) as error:  # ValueError: a number beyond the 64 bits of CEL
        raise ConditionError(f"{missing}：{expression}") from error
    if not isinstance(result, (bool, celpy.celtypes.BoolType)):
        raise ConditionError(f"条件表达式须得出真或假：{expression}")
    return bool(result)
