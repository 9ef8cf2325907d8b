"""Content conditions of the catalogue: CEL expressions over the record found and the facts of the party.

CEL (Common Expression Language) has no loops, no I/O and always ends, so an expression is data and can be reviewed.
"""

from __future__ import annotations

from functools import cache

import celpy
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError

from schemas.application import FactValue


class ConditionError(ValueError):
    """The expression does not parse, or the record lacks what it asks about."""


@cache
def _program(expression: str) -> celpy.Runner:
    environment = celpy.Environment()
    try:
        return environment.program(environment.compile(expression))
    except CELParseError as error:
        raise ConditionError(f"条件表达式不合语法：{expression}") from error


def check_condition(expression: str) -> None:
    """Refuse an expression that does not parse.  Raises ConditionError."""
    _program(expression)


def meets(expression: str, content: dict[str, FactValue], party: dict[str, FactValue]) -> bool:
    """Whether a record's ``content`` meets the condition, given the party's facts.

    Raises ConditionError where a field is missing or has the wrong type: the source answered in another shape than
    the catalogue expects, which is no judgement on the fact.
    """
    try:
        context = {"content": json_to_cel(dict(content)), "party": json_to_cel(dict(party))}
        result = _program(expression).evaluate(context)
    except (CELEvalError, ValueError) as error:  # ValueError: a number beyond the 64 bits of CEL
        raise ConditionError(f"记录缺少条件所需的字段：{expression}") from error
    if not isinstance(result, (bool, celpy.celtypes.BoolType)):
        raise ConditionError(f"条件表达式须得出真或假：{expression}")
    return bool(result)
