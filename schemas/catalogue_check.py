"""May this catalogue be published?  What no single row can show: references, duplicates, and rows that contradict.

Pure.  ``check`` names every place at once, by its path in ``Catalogue``; whoever read the catalogue from files turns
the path into file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date
from typing import TypeVar

from schemas.base import Model
from schemas.catalogue import Catalogue, EvidenceType, ServiceItem
from schemas.codes import EvidenceKind, ItemDomain, Polarity, Route, Sensitivity, SourceAttribute
from schemas.errors import FieldError, InvalidInput
from schemas.requirement_check import first_by_code, requirement_errors
from schemas.terms_check import terms_errors

T = TypeVar("T")


class Doubts(Model):
    """What is already known to be wrong, so that a reference to it is not reported as a second error.

    ``parts`` are parts of the catalogue that could not be read at all; ``codes`` were named by rows that failed.
    """

    parts: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()

    def about(self, part: str, code: str) -> bool:
        """Whether nothing can be said about ``code`` in ``part``."""
        return part in self.parts or code in self.codes


NO_DOUBTS = Doubts()
KIND_OF_ATTRIBUTE: dict[EvidenceKind, tuple[SourceAttribute, ...]] = {
    EvidenceKind.LICENCE: (SourceAttribute.GOVERNMENT,),
    EvidenceKind.FACT: (SourceAttribute.GOVERNMENT, SourceAttribute.OTHER),
    EvidenceKind.PUBLIC_SERVICE: (SourceAttribute.OTHER,),
}
"""Section 二 of the policy: licences are issued by government, results by the public-service sectors."""

SECRET_DOMAINS = (ItemDomain.NATIONAL_SECURITY, ItemDomain.STATE_SECRET)
"""No 帮办代办 where secrets are handled."""


def check(catalogue: Catalogue, doubts: Doubts = NO_DOUBTS) -> tuple[FieldError, ...]:
    """Everything that keeps a catalogue from being published; empty when it may be."""
    return tuple(
        error
        for errors in (
            _duplicates(catalogue),
            _excluded_domains(catalogue),
            _list_versions(catalogue, doubts),
            _issuer_classes(catalogue, doubts),
            _evidence_types(catalogue, doubts),
            _sources(catalogue, doubts),
            _list_entries(catalogue, doubts),
            _cancellations(catalogue, doubts),
            _items(catalogue, doubts),
            requirement_errors(catalogue, doubts.about),
            terms_errors(catalogue, doubts.about),
        )
        for error in errors
    )


def require_publishable(catalogue: Catalogue) -> None:
    """Refuse a catalogue that may not be published.  Raises InvalidInput with everything that is wrong."""
    errors = check(catalogue)
    if errors:
        raise InvalidInput(errors)


def _duplicates(catalogue: Catalogue) -> Iterator[FieldError]:
    yield from _twice("lists", "list_name", catalogue.lists, lambda v: v.list_name)
    yield from _twice("departments", "code", catalogue.departments, lambda d: d.code)
    yield from _twice("departments", "uscc", catalogue.departments, lambda d: d.uscc)
    yield from _twice("issuer_classes", "code", catalogue.issuer_classes, lambda c: c.code)
    yield from _twice("evidence_types", "code", catalogue.evidence_types, lambda t: t.code)
    # A guide names what it demands by code or by name, so a name must lead to one type.
    yield from _twice("evidence_types", "name", catalogue.evidence_types, lambda t: t.name)
    # The tries of a route are told apart by the platform and the resource they asked.
    yield from _twice(
        "sources",
        "resource_code",
        catalogue.sources,
        lambda s: (s.evidence_type, s.route, s.platform, s.resource_code),
    )
    for name, codes in catalogue.list_entries.items():
        yield from _twice(f"list_entries.{name}", "", codes, str)
    yield from _twice(
        "cancellations", "evidence_type", catalogue.cancellations, lambda c: (c.evidence_type, c.issuer_class)
    )
    yield from _twice("items", "code", catalogue.items, lambda i: i.code)
    yield from _twice("requirements", "code", catalogue.requirements, lambda r: r.code)
    yield from _twice("bodies", "role", catalogue.bodies, lambda b: b.role.value)
    yield from _twice("commitment_excluded_domains", "", catalogue.commitment_excluded_domains, lambda d: d.value)
    yield from _twice("commitments", "evidence_type", catalogue.commitments, lambda t: (t.requirement, t.evidence_type))
    yield from _twice("deferrals", "requirement", catalogue.deferrals, lambda t: t.requirement)


def _twice(part: str, field: str, rows: Iterable[T], key: Callable[[T], Hashable]) -> Iterator[FieldError]:
    seen: set[Hashable] = set()
    for index, row in enumerate(rows):
        value = key(row)
        if value in seen:
            what = "、".join(map(str, value)) if isinstance(value, tuple) else value
            yield _error(f"{part}.{index}.{field}".rstrip("."), "duplicate", f"与前面的一条重复：{what}")
        seen.add(value)


def _excluded_domains(catalogue: Catalogue) -> Iterator[FieldError]:
    for index, domain in enumerate(catalogue.commitment_excluded_domains):
        if domain is ItemDomain.GENERAL:
            at = f"commitment_excluded_domains.{index}"
            yield _error(at, "general_excluded", "一般领域（general）适用告知承诺，不能排除")


def _issuer_classes(catalogue: Catalogue, doubts: Doubts) -> Iterator[FieldError]:
    departments = first_by_code(catalogue.departments)
    for index, issuers in enumerate(catalogue.issuer_classes):
        at, code = f"issuer_classes.{index}", issuers.department
        if code is not None and code not in departments and not doubts.about("departments", code):
            yield _unknown(f"{at}.department", "部门", code)
        if issuers.on_platform and code is None:
            yield _error(f"{at}.department", "nobody_to_ask", "在平台上可核验的，须写明由县里哪个部门答复")


def _list_versions(catalogue: Catalogue, doubts: Doubts) -> Iterator[FieldError]:
    if "lists" in doubts.parts:
        return
    for index, version in enumerate(catalogue.lists):
        if version.published_on > catalogue.effective_from:
            yield _early(f"lists.{index}.published_on", version.published_on, catalogue)
    for name, codes in catalogue.list_entries.items():
        if codes and not any(v.list_name == name for v in catalogue.lists):
            yield _error("lists", "list_missing", f"有清单条目，却没有清单 {name} 的名称、发布单位、文号和日期")


def _evidence_types(catalogue: Catalogue, doubts: Doubts) -> Iterator[FieldError]:
    issuers = {c.code for c in catalogue.issuer_classes}
    for index, kind in enumerate(catalogue.evidence_types):
        at = f"evidence_types.{index}"
        issuer = kind.issuer_class
        if issuer is not None and issuer not in issuers and not doubts.about("issuer_classes", issuer):
            yield _unknown(f"{at}.issuer_class", "出具单位类别", issuer)
        applicant_made = kind.source_attribute is SourceAttribute.APPLICANT
        if applicant_made != (kind.kind is None) or (
            kind.kind is not None and kind.source_attribute not in KIND_OF_ATTRIBUTE[kind.kind]
        ):
            named = kind.kind.value if kind.kind else "（空）"
            message = f"类别 {named} 与来源属性 {kind.source_attribute.value} 不符"
            yield _error(f"{at}.kind", "kind_contradicts", message)
        yield from _foreign_companions(at, kind)
        if kind.sensitivity is Sensitivity.CRIMINAL and kind.polarity is not Polarity.IS_NOT:
            yield _error(f"{at}.polarity", "criminal_must_be_is_not", "犯罪记录只作有无回答，极性须为 is_not")


def _foreign_companions(at: str, kind: EvidenceType) -> Iterator[FieldError]:
    """Companion fields that belong to another source attribute: they would be read by nobody."""
    belongs = {
        "format_and_sample": SourceAttribute.APPLICANT,
        "producing_item": SourceAttribute.GOVERNMENT,
        "public_service_sector": SourceAttribute.OTHER,
        "public_service_item": SourceAttribute.OTHER,
    }
    for field, attribute in belongs.items():
        if kind.source_attribute is not attribute and getattr(kind, field) is not None:
            message = f"只用于来源属性 {attribute.value}，此行为 {kind.source_attribute.value}"
            yield _error(f"{at}.{field}", "companion_of_another", message)
    if kind.source_attribute is SourceAttribute.APPLICANT and kind.issuer_class is not None:
        yield _error(f"{at}.issuer_class", "companion_of_another", "申请人自备材料没有出具单位")


def _sources(catalogue: Catalogue, doubts: Doubts) -> Iterator[FieldError]:
    types = first_by_code(catalogue.evidence_types)
    for index, source in enumerate(catalogue.sources):
        at = f"sources.{index}"
        kind = types.get(source.evidence_type)
        if kind is None:
            if not doubts.about("evidence_types", source.evidence_type):
                yield _unknown(f"{at}.evidence_type", "证明材料", source.evidence_type)
            continue
        if kind.source_attribute is SourceAttribute.APPLICANT:
            yield _applicant_made(f"{at}.evidence_type", "没有共享来源")
        if kind.polarity is Polarity.IS_NOT and source.coverage is None:
            yield _error(f"{at}.coverage", "coverage_missing", "否定事实的来源须写明覆盖范围，否则“无记录”不成其为证明")
        if kind.polarity is Polarity.IS and source.coverage is not None:
            yield _error(f"{at}.coverage", "coverage_unused", "覆盖范围只用于否定事实的来源")
        if kind.sensitivity is Sensitivity.CRIMINAL and source.route is not Route.DATA_SHARING:
            yield _error(f"{at}.route", "criminal_yes_no_only", "犯罪记录只作有无回答，不得调取文书或证照")


def _list_entries(catalogue: Catalogue, doubts: Doubts) -> Iterator[FieldError]:
    types = first_by_code(catalogue.evidence_types)
    retained = catalogue.list_entries.get("retained", ())
    for name, codes in catalogue.list_entries.items():
        for index, code in enumerate(codes):
            at = f"list_entries.{name}.{index}"
            kind = types.get(code)
            if kind is None:
                if not doubts.about("evidence_types", code):
                    yield _unknown(at, "证明材料", code)
                continue
            if name == "retained":
                continue
            if kind.source_attribute is SourceAttribute.APPLICANT:
                yield _applicant_made(at, f"不列入清单 {name}")
            elif code not in retained and not doubts.about("list_entries", code):
                yield _error(at, "not_retained", f"{code} 不在保留的证明事项清单内，不能列入清单 {name}")


def _cancellations(catalogue: Catalogue, doubts: Doubts) -> Iterator[FieldError]:
    types = first_by_code(catalogue.evidence_types)
    issuers = {c.code for c in catalogue.issuer_classes}
    retained = catalogue.list_entries.get("retained", ())
    for index, cancelled in enumerate(catalogue.cancellations):
        at = f"cancellations.{index}"
        kind = types.get(cancelled.evidence_type)
        if cancelled.issuer_class not in issuers and not doubts.about("issuer_classes", cancelled.issuer_class):
            yield _unknown(f"{at}.issuer_class", "出具单位类别", cancelled.issuer_class)
        if cancelled.published_on > catalogue.effective_from:
            yield _early(f"{at}.published_on", cancelled.published_on, catalogue)
        if kind is None:
            if not doubts.about("evidence_types", cancelled.evidence_type):
                yield _unknown(f"{at}.evidence_type", "证明材料", cancelled.evidence_type)
        elif kind.source_attribute is SourceAttribute.APPLICANT:
            yield _applicant_made(f"{at}.evidence_type", "不能取消")
        elif kind.issuer_class == cancelled.issuer_class and kind.code in retained:
            message = f"{kind.code} 既保留又取消（出具单位同为 {kind.issuer_class}）"
            yield _error(f"{at}.evidence_type", "retained_and_cancelled", message)


def _items(catalogue: Catalogue, doubts: Doubts) -> Iterator[FieldError]:
    departments = first_by_code(catalogue.departments)
    for index, item in enumerate(catalogue.items):
        at = f"items.{index}"
        department = departments.get(item.department)
        if department is None:
            if not doubts.about("departments", item.department):
                yield _unknown(f"{at}.department", "部门", item.department)
        elif len(item.code) == 31 and item.code[:18] != department.uscc:
            message = f"实施编码前 18 位不是 {item.department} 的统一社会信用代码"
            yield _error(f"{at}.code", "not_the_departments", message)
        for field, named in (("required_roles", item.required_roles), ("optional_roles", item.optional_roles)):
            for role in named:
                if role not in catalogue.roles and not doubts.about("roles", role):
                    yield _unknown(f"{at}.{field}", "角色", role)
        roles = (*item.required_roles, *item.optional_roles)
        twice = [r for r in dict.fromkeys(roles) if roles.count(r) > 1]
        if twice:
            yield _error(f"{at}.optional_roles", "duplicate", f"角色重复：{'、'.join(twice)}")
        if "applicant" not in item.required_roles:
            yield _error(f"{at}.required_roles", "applicant_missing", "须含角色 applicant（申请人）")
        yield from _item_limits(at, item)


def _item_limits(at: str, item: ServiceItem) -> Iterator[FieldError]:
    statutory, promised = item.statutory_working_days, item.promised_working_days
    if statutory is not None and promised is not None and promised > statutory:
        message = f"承诺时限 {promised} 个工作日长于法定时限 {statutory} 个工作日"
        yield _error(f"{at}.promised_working_days", "beyond_statute", message)
    if item.assistance and item.domain in SECRET_DOMAINS:
        yield _error(f"{at}.assistance", "secret_domain", f"{item.domain.value} 领域的事项不得帮办代办")


def _error(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)


def _unknown(field: str, what: str, code: str) -> FieldError:
    return _error(field, "dangling", f"没有代码为 {code} 的{what}")


def _applicant_made(field: str, what: str) -> FieldError:
    return _error(field, "applicant_made", f"申请人自备材料不属试点范围，{what}")


def _early(field: str, published_on: date, catalogue: Catalogue) -> FieldError:
    message = f"公布日期 {published_on} 晚于目录生效日期 {catalogue.effective_from}"
    return _error(field, "published_after_effect", message)
