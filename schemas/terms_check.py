"""告知承诺 and 容缺, checked against the rest of the catalogue (pure): may these terms be offered, can they be kept?"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.catalogue import Catalogue, Requirement, ServiceItem
from schemas.codes import CheckBy, Route
from schemas.commitment_terms import CommitmentTerms, DeferralTerms
from schemas.condition import PREDICATE_NAMES
from schemas.errors import FieldError
from schemas.requirement_check import InDoubt, expression_errors, first_by_code


def terms_errors(catalogue: Catalogue, in_doubt: InDoubt) -> Iterator[FieldError]:
    """Everything wrong with the terms of a catalogue, by path ``commitments.<index>.<field>`` and so on."""
    for index, terms in enumerate(catalogue.commitments):
        yield from _commitment(f"commitments.{index}", terms, catalogue, in_doubt)
    for index, deferral in enumerate(catalogue.deferrals):
        yield from _deferral(f"deferrals.{index}", deferral, catalogue, in_doubt)
    yield from _commitments_missing(catalogue, in_doubt)
    yield from _deferrals_missing(catalogue, in_doubt)


def _commitment(at: str, terms: CommitmentTerms, catalogue: Catalogue, in_doubt: InDoubt) -> Iterator[FieldError]:
    if terms.predicate is not None:
        yield from expression_errors(f"{at}.predicate", "适用条件", terms.predicate, PREDICATE_NAMES)
    kind = terms.evidence_type
    if kind not in catalogue.list_entries.get("commitment", ()) and not in_doubt("list_entries", kind):
        yield _error(f"{at}.evidence_type", "not_listed", f"{kind} 未列入告知承诺制证明事项清单")
    requirement = first_by_code(catalogue.requirements).get(terms.requirement)
    if requirement is None:
        yield from _unknown_requirement(at, terms.requirement, in_doubt)
        return
    if all(a.evidence_type != kind for a in requirement.alternatives):
        yield _error(f"{at}.evidence_type", "dangling", f"{requirement.code} 不要求 {kind}")
        return
    if _left_out(requirement, Route.COMMITMENT):
        yield _error(f"{at}.requirement", "route_left_out", f"{requirement.code} 的路径不含告知承诺")
    item = _item_of(catalogue, requirement)
    if item is not None and item.domain in catalogue.commitment_excluded_domains:
        message = f"事项“{item.name}”属 {item.domain.value} 领域，不适用告知承诺"
        yield _error(f"{at}.requirement", "domain_excluded", message)
    yield from _can_be_checked(at, terms, catalogue, in_doubt)


def _can_be_checked(at: str, terms: CommitmentTerms, catalogue: Catalogue, in_doubt: InDoubt) -> Iterator[FieldError]:
    """A check that nobody could answer is no supervision."""
    kind = first_by_code(catalogue.evidence_types).get(terms.evidence_type)
    if kind is None:
        return
    has_source = any(s.evidence_type == kind.code for s in catalogue.sources)
    if terms.check_by is CheckBy.SHARING and not (has_source or in_doubt("sources", kind.code)):
        yield _error(f"{at}.check_by", "cannot_be_checked", f"{kind.code} 没有共享来源，无从共享核查")
    issuers = next((c for c in catalogue.issuer_classes if c.code == kind.issuer_class), None)
    if terms.check_by is CheckBy.VERIFICATION and issuers is not None and not issuers.on_platform:
        yield _error(f"{at}.check_by", "cannot_be_checked", f"{issuers.name}不在平台上，无从信息核验")


def _deferral(at: str, terms: DeferralTerms, catalogue: Catalogue, in_doubt: InDoubt) -> Iterator[FieldError]:
    requirement = first_by_code(catalogue.requirements).get(terms.requirement)
    if requirement is None:
        yield from _unknown_requirement(at, terms.requirement, in_doubt)
        return
    if not requirement.deferrable:
        yield _error(f"{at}.requirement", "not_deferrable", f"{requirement.code} 不可容缺")
    if _left_out(requirement, Route.DEFERRED_SUPPLY):
        yield _error(f"{at}.requirement", "route_left_out", f"{requirement.code} 的路径不含容缺后补")
    item = _item_of(catalogue, requirement)
    if item is None:
        return
    if item.promised_working_days is None:
        message = f"事项“{item.name}”没有承诺时限，不能定容缺补正期限"
        yield _error(f"{at}.within_days", "promise_missing", message)
    elif terms.within_days > item.promised_working_days:
        message = f"补正期限不得超过事项“{item.name}”的承诺时限（{item.promised_working_days} 个工作日）"
        yield _error(f"{at}.within_days", "beyond_promise", message)


def _commitments_missing(catalogue: Catalogue, in_doubt: InDoubt) -> Iterator[FieldError]:
    """A kind that is listed, asked for, and has no terms anywhere: the list would promise what nobody can choose.

    Terms for one requirement are enough: a department may keep commitments out of another, by giving none.
    """
    with_terms = {t.evidence_type for t in catalogue.commitments}
    asked = {
        a.evidence_type
        for r in catalogue.requirements
        if not _left_out(r, Route.COMMITMENT) and not _is_excluded(catalogue, r)
        for a in r.alternatives
    }
    for index, code in enumerate(catalogue.list_entries.get("commitment", ())):
        if code in asked and code not in with_terms and not in_doubt("commitments", code):
            message = f"{code} 列入告知承诺制清单，却没有一项证明要求定有告知承诺条款"
            yield _error(f"list_entries.commitment.{index}", "commitment_terms_missing", message)


def _deferrals_missing(catalogue: Catalogue, in_doubt: InDoubt) -> Iterator[FieldError]:
    """容缺 without 补正形式, 期限 and 超期处理 cannot be put into a 容缺受理通知书."""
    with_terms = {t.requirement for t in catalogue.deferrals}
    for index, requirement in enumerate(catalogue.requirements):
        lacks = requirement.deferrable and requirement.code not in with_terms
        if lacks and not in_doubt("deferrals", requirement.code):
            message = f"{requirement.code} 可容缺，却没有补正形式、期限和超期处理"
            yield _error(f"requirements.{index}.deferrable", "deferral_terms_missing", message)


def _item_of(catalogue: Catalogue, requirement: Requirement) -> ServiceItem | None:
    return next((i for i in catalogue.items if i.code == requirement.item_code), None)


def _is_excluded(catalogue: Catalogue, requirement: Requirement) -> bool:
    item = _item_of(catalogue, requirement)
    return item is not None and item.domain in catalogue.commitment_excluded_domains


def _left_out(requirement: Requirement, route: Route) -> bool:
    return requirement.routes is not None and route not in requirement.routes


def _unknown_requirement(at: str, code: str, in_doubt: InDoubt) -> Iterator[FieldError]:
    if not in_doubt("requirements", code):
        yield _error(f"{at}.requirement", "dangling", f"没有代码为 {code} 的证明要求")


def _error(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)
