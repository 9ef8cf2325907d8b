"""From a catalogue version to the slice one case needs (pure)."""

from __future__ import annotations

from schemas.application import Demand
from schemas.catalogue import (
    Alternative,
    Catalogue,
    CatalogueRef,
    Department,
    EvidenceRule,
    EvidenceType,
    IssuerClass,
    ItemRules,
    Requirement,
    RequirementRule,
    evidence_key,
)
from schemas.errors import FieldError, InvalidInput


def rules_for(catalogue: Catalogue, digest: str, item_code: str, demands: tuple[Demand, ...] = ()) -> ItemRules:
    """The rules of ``item_code`` with every evidence type it may need resolved, and those of ``demands``.

    ``digest`` is the SHA-256 of the version's canonical content.  Raises InvalidInput for an item, or an issuer class
    of a demand, that the version does not know.
    """
    item = next((i for i in catalogue.items if i.code == item_code), None)
    if item is None:
        message = f"目录 {catalogue.version} 中没有此事项"
        raise InvalidInput((FieldError(field="item_code", code="unknown_item", message=message),))
    department = next(d for d in catalogue.departments if d.code == item.department)
    types = {t.code: t for t in catalogue.evidence_types}
    requirements = tuple(r for r in catalogue.requirements if r.item_code == item.code)
    evidence = {
        evidence_key(a.evidence_type, a.issuer_class): _evidence_rule(catalogue, types[a.evidence_type], a)
        for r in requirements
        for a in r.alternatives
    }
    demanded, demand_keys = _demanded(catalogue, types, demands)
    roles = dict.fromkeys((*item.required_roles, *item.optional_roles))
    return ItemRules(
        ref=CatalogueRef(version=catalogue.version, digest=digest),
        county=catalogue.county,
        item_code=item.code,
        item_name=item.name,
        department=department.uscc,
        department_name=department.name,
        required_roles=item.required_roles,
        optional_roles=item.optional_roles,
        role_names={role: catalogue.roles[role] for role in roles},
        notice_working_days=item.notice_working_days,
        requirements=tuple(_requirement_rule(catalogue, r) for r in requirements),
        evidence=demanded | evidence,
        demands=demand_keys,
        item_type=item.item_type,
        statutory_working_days=item.statutory_working_days,
        promised_working_days=item.promised_working_days,
        domain=item.domain,
        commitment_excluded=item.domain in catalogue.commitment_excluded_domains,
        assistance=item.assistance,
        bodies={body.role.value: body for body in catalogue.bodies},
    )


def rule_of_kind(catalogue: Catalogue, evidence_type: str) -> EvidenceRule | None:
    """A kind of evidence by itself, from its own class of issuers; ``None`` for one that the version does not know."""
    kind = next((t for t in catalogue.evidence_types if t.code == evidence_type), None)
    return _evidence_rule(catalogue, kind, Alternative(evidence_type=kind.code)) if kind is not None else None


def _requirement_rule(catalogue: Catalogue, requirement: Requirement) -> RequirementRule:
    kinds = [a.evidence_type for a in requirement.alternatives]
    return RequirementRule(
        code=requirement.code,
        role=requirement.role,
        evidence=tuple(evidence_key(a.evidence_type, a.issuer_class) for a in requirement.alternatives),
        legal_basis=requirement.legal_basis,
        accepted_statuses=requirement.accepted_statuses,
        condition=requirement.condition,
        needed_coverage=requirement.needed_coverage,
        routes=requirement.routes,
        deferrable=requirement.deferrable,
        commitments=tuple(
            t for t in catalogue.commitments if t.requirement == requirement.code and t.evidence_type in kinds
        ),
        deferral=next((t for t in catalogue.deferrals if t.requirement == requirement.code), None),
    )


def _evidence_rule(catalogue: Catalogue, kind: EvidenceType, alternative: Alternative) -> EvidenceRule:
    issuer = alternative.issuer_class or kind.issuer_class
    act = next(
        (c for c in catalogue.cancellations if c.evidence_type == kind.code and c.issuer_class == issuer),
        None,
    )
    foreign_issuer = alternative.issuer_class not in (None, kind.issuer_class)
    issuers = next((c for c in catalogue.issuer_classes if c.code == issuer), None)
    department = _department_of(catalogue, issuers)
    return EvidenceRule(
        code=kind.code,
        name=kind.name,
        issuer_class=issuer,
        source_attribute=kind.source_attribute,
        polarity=kind.polarity,
        sensitivity=kind.sensitivity,
        retained=kind.code in catalogue.list_entries.get("retained", ()) and not foreign_issuer,
        paper_exempt=kind.code in catalogue.list_entries.get("paper_exempt", ()),
        commitment_listed=kind.code in catalogue.list_entries.get("commitment", ()),
        cancelled_by=act.act if act else None,
        sources=() if foreign_issuer else tuple(s for s in catalogue.sources if s.evidence_type == kind.code),
        issuer_name=department.name if department else issuers.name if issuers else None,
        issuer_department=department.uscc if department else None,
        issuer_on_platform=issuers is not None and issuers.on_platform,
        producing_item=kind.producing_item,
        public_service_item=kind.public_service_item,
    )


def _department_of(catalogue: Catalogue, issuers: IssuerClass | None) -> Department | None:
    """The county's department of a class of issuers."""
    return next((d for d in catalogue.departments if issuers and d.code == issuers.department), None)


def _demanded(
    catalogue: Catalogue, types: dict[str, EvidenceType], demands: tuple[Demand, ...]
) -> tuple[dict[str, EvidenceRule], tuple[str | None, ...]]:
    """Resolve what a business system's own guide still asks for; a kind no list knows resolves to ``None``."""
    by_name = {t.name: t for t in catalogue.evidence_types}
    known_issuers = {c.code for c in catalogue.issuer_classes}
    evidence: dict[str, EvidenceRule] = {}
    keys: list[str | None] = []
    errors: list[FieldError] = []
    for index, demand in enumerate(demands):
        if demand.issuer_class not in known_issuers:
            message = f"目录 {catalogue.version} 中没有此类出具单位"
            errors.append(FieldError(field=f"demands.{index}.issuer_class", code="unknown_issuer", message=message))
            continue
        kind = types.get(demand.evidence) or by_name.get(demand.evidence)
        if kind is None:
            keys.append(None)
            continue
        alternative = Alternative(evidence_type=kind.code, issuer_class=demand.issuer_class)
        key = evidence_key(kind.code, demand.issuer_class)
        evidence[key] = _evidence_rule(catalogue, kind, alternative)
        keys.append(key)
    if errors:
        raise InvalidInput(tuple(errors))
    return evidence, tuple(keys)
