"""证明要求, checked against the rest of the catalogue (pure): what it may ask for, and whether its rules can work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from schemas.catalogue import Alternative, Catalogue, Department, EvidenceType, Requirement, evidence_key
from schemas.codes import Polarity, SourceAttribute
from schemas.condition import CONDITION_NAMES, ConditionError, check_condition, strange_names
from schemas.errors import FieldError

Coded = TypeVar("Coded", Department, EvidenceType, Requirement)
InDoubt = Callable[[str, str], bool]
"""``(part, code)``: whether that code of that part is already reported as wrong, so that nothing more is said of it."""


def requirement_errors(catalogue: Catalogue, in_doubt: InDoubt) -> Iterator[FieldError]:
    """Everything wrong with the requirements of a catalogue, by path ``requirements.<index>.<field>``."""
    types = first_by_code(catalogue.evidence_types)
    taken: dict[tuple[str, str, str], str] = {}
    for index, requirement in enumerate(catalogue.requirements):
        at = f"requirements.{index}"
        yield from _references(at, requirement, catalogue, in_doubt)
        for alternative in requirement.alternatives:
            kind = types.get(alternative.evidence_type)
            if kind is None:
                if not in_doubt("evidence_types", alternative.evidence_type):
                    message = f"没有代码为 {alternative.evidence_type} 的证明材料"
                    yield _error(f"{at}.alternatives", "dangling", message)
                continue
            issuer = alternative.issuer_class or kind.issuer_class
            key = (requirement.item_code, requirement.role, evidence_key(kind.code, issuer))
            if key in taken:
                message = f"同一事项、同一角色的 {kind.code} 已由 {taken[key]} 要求"
                yield _error(f"{at}.alternatives", "duplicate", message)
            taken.setdefault(key, requirement.code)
            yield from _may_be_asked_for(at, alternative, kind, catalogue, in_doubt)
        known = [types[a.evidence_type] for a in requirement.alternatives if a.evidence_type in types]
        if len(known) == len(requirement.alternatives):
            yield from _together(at, requirement, known)
        for field, values in (
            ("accepted_statuses", requirement.accepted_statuses),
            ("routes", requirement.routes or ()),
        ):
            if len(set(values)) < len(values):
                yield _error(f"{at}.{field}", "duplicate", "同一个值重复")
        yield from _condition(at, requirement.condition)


def first_by_code(rows: tuple[Coded, ...]) -> dict[str, Coded]:
    """Rows by code; of two with the same code the first, for it is the second that is reported."""
    return {row.code: row for row in reversed(rows)}


def _references(at: str, requirement: Requirement, catalogue: Catalogue, in_doubt: InDoubt) -> Iterator[FieldError]:
    item = next((i for i in catalogue.items if i.code == requirement.item_code), None)
    if item is None:
        if not in_doubt("items", requirement.item_code):
            yield _error(f"{at}.item_code", "dangling", f"没有代码为 {requirement.item_code} 的事项")
    elif requirement.role not in (*item.required_roles, *item.optional_roles):
        yield _error(f"{at}.role", "dangling", f"事项没有角色 {requirement.role}")
    issuers = {c.code for c in catalogue.issuer_classes}
    for alternative in requirement.alternatives:
        issuer = alternative.issuer_class
        if issuer is not None and issuer not in issuers and not in_doubt("issuer_classes", issuer):
            yield _error(f"{at}.alternatives", "dangling", f"没有代码为 {issuer} 的出具单位类别")


def _may_be_asked_for(
    at: str, alternative: Alternative, kind: EvidenceType, catalogue: Catalogue, in_doubt: InDoubt
) -> Iterator[FieldError]:
    """清单之外无证明: a published version asks for nothing off the retained list, unless an act cancels it."""
    if kind.source_attribute is SourceAttribute.APPLICANT or in_doubt("list_entries", kind.code):
        return
    issuer = alternative.issuer_class or kind.issuer_class
    cancelled = any(c.evidence_type == kind.code and c.issuer_class == issuer for c in catalogue.cancellations)
    retained = kind.code in catalogue.list_entries.get("retained", ()) and issuer == kind.issuer_class
    if not (retained or cancelled or in_doubt("cancellations", kind.code)):
        named = evidence_key(kind.code, alternative.issuer_class)
        message = f"清单之外无证明：{named} 未列入保留的证明事项清单，也没有取消它的公布文件"
        yield _error(f"{at}.alternatives", "unlisted", message)


def _together(at: str, requirement: Requirement, kinds: list[EvidenceType]) -> Iterator[FieldError]:
    """What the alternatives, taken together, allow the other fields to say."""
    applicant_made = [k for k in kinds if k.source_attribute is SourceAttribute.APPLICANT]
    if applicant_made and len(applicant_made) < len(kinds):
        yield _error(f"{at}.alternatives", "mixed_scope", "申请人自备材料不能与其他材料互为替代")
    if len(applicant_made) == len(kinds):
        given = {
            "condition": requirement.condition is not None,
            "needed_coverage": requirement.needed_coverage is not None,
            "routes": requirement.routes is not None,
            "deferrable": requirement.deferrable,
        }
        for field in (f for f, is_given in given.items() if is_given):
            yield _error(f"{at}.{field}", "applicant_made", "申请人自备材料不走免提交路径，此栏须留空")
        return
    negative = any(k.polarity is Polarity.IS_NOT for k in kinds)
    if negative and requirement.needed_coverage is None:
        yield _error(f"{at}.needed_coverage", "coverage_missing", "否定事实须写明需要核到多大范围")
    if not negative and requirement.needed_coverage is not None:
        yield _error(f"{at}.needed_coverage", "coverage_unused", "需要的覆盖范围只用于否定事实")
    if negative and requirement.condition is not None:
        yield _error(f"{at}.condition", "condition_on_nothing", "否定事实以无记录为证，没有内容可供条件判断")


def _condition(at: str, condition: str | None) -> Iterator[FieldError]:
    if condition is not None:
        yield from expression_errors(f"{at}.condition", "条件", condition, CONDITION_NAMES)


def expression_errors(field: str, what: str, expression: str, known: tuple[str, ...]) -> Iterator[FieldError]:
    """What is wrong with an expression of the catalogue that may speak of ``known`` names only."""
    try:
        check_condition(expression)
    except ConditionError as error:
        yield _error(field, "condition_syntax", str(error))
        return
    strange = strange_names(expression, known)
    if strange:
        message = f"{what}只能用 {'、'.join(known)}，不认识 {'、'.join(strange)}"
        yield _error(field, "condition_names", message)


def _error(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)
