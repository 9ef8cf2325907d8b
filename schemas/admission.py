"""May this request become a case, and which requirements does it raise?  The same check at the door and inside."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.application import ApplicationRequest
from schemas.base import Model
from schemas.catalogue import ItemRules, RequirementRule
from schemas.codes import PartyKind, SourceAttribute
from schemas.errors import FieldError
from schemas.identifiers import PartyId, is_own_application_no


class RaisedRequirement(Model):
    """A requirement for one party.  ``key`` is ``code/party_id``; ``rule`` is its code, or none for a demand."""

    key: str
    rule: str | None
    party_id: PartyId
    evidence: tuple[str, ...]
    """Keys of ``ItemRules.evidence``; for a demand on no list, the demanded name."""
    names: tuple[str, ...]
    applicant_made: bool = False


def check(request: ApplicationRequest, rules: ItemRules) -> tuple[FieldError, ...]:
    """Everything wrong with a request under the rules of its item; empty when it may be admitted."""
    return (
        *_number_errors(request),
        *_party_errors(request, rules),
        *_volunteered_errors(request, rules),
        *_demand_errors(request, rules),
    )


def _number_errors(request: ApplicationRequest) -> Iterator[FieldError]:
    """A number of our own form begins with the 实施编码 of its item."""
    number = request.application_no
    if is_own_application_no(number) and not number.startswith(request.item_code):
        yield _error("application_no", "number_of_another_item", "办件编号的前 31 位与 item_code 不符")


def _party_errors(request: ApplicationRequest, rules: ItemRules) -> Iterator[FieldError]:
    roles = (*rules.required_roles, *rules.optional_roles)
    ids: dict[str, int] = {}
    people: dict[tuple[str, str, str], int] = {}
    for index, party in enumerate(request.parties):
        at = f"parties.{index}"
        if party.party_id in ids:
            yield _error(f"{at}.party_id", "duplicate_party", f"与 parties.{ids[party.party_id]} 重复")
        ids.setdefault(party.party_id, index)
        if party.role not in roles:
            yield _error(f"{at}.role", "unknown_role", f"事项没有此角色；可用：{'、'.join(roles)}")
        person = (party.role, party.id_type.value, party.id_number.upper())
        if person in people:
            yield _error(f"{at}.id_number", "same_party_twice", f"与 parties.{people[person]} 为同一人同一角色")
        people.setdefault(person, index)
        if party.role == "applicant" and party.kind is PartyKind.DECEASED:
            yield _error(f"{at}.kind", "deceased_applicant", "申请人不能是已故者")
    for role in rules.required_roles:
        if not any(party.role == role for party in request.parties):
            yield _error("parties", "role_missing", f"缺少角色 {role}（{rules.role_names[role]}）")


def _volunteered_errors(request: ApplicationRequest, rules: ItemRules) -> Iterator[FieldError]:
    seen: set[tuple[str, str]] = set()
    for index, given in enumerate(request.volunteered):
        at = f"volunteered.{index}"
        rule = next((r for r in rules.requirements if r.code == given.requirement_code), None)
        party = next((p for p in request.parties if p.party_id == given.party_id), None)
        if rule is None:
            yield _error(f"{at}.requirement_code", "unknown_requirement", "事项没有此证明要求")
        if party is None:
            yield _error(f"{at}.party_id", "not_a_party", "不是本案当事人")
        if rule is None or party is None:
            continue
        if party.role != rule.role:
            yield _error(f"{at}.party_id", "wrong_role", f"该证明要求针对角色 {rule.role}")
        if given.evidence_type not in {rules.evidence[key].code for key in rule.evidence}:
            yield _error(f"{at}.evidence_type", "wrong_evidence", "该证明要求不接受此类材料")
        if (given.requirement_code, given.party_id) in seen:
            yield _error(f"{at}.requirement_code", "volunteered_twice", "同一当事人的同一证明要求重复提交")
        seen.add((given.requirement_code, given.party_id))


def _demand_errors(request: ApplicationRequest, rules: ItemRules) -> Iterator[FieldError]:
    party_ids = [p.party_id for p in request.parties]
    seen: set[tuple[str, str, str]] = set()
    for index, (demand, resolved) in enumerate(zip(request.demands, rules.demands, strict=True)):
        at = f"demands.{index}"
        if demand.party_id not in party_ids:
            yield _error(f"{at}.party_id", "not_a_party", "不是本案当事人")
        key = (resolved or demand.evidence, demand.issuer_class, demand.party_id)
        if key in seen:
            yield _error(f"{at}.evidence", "demanded_twice", "同一当事人的同一材料重复列出")
        seen.add(key)


def raise_requirements(request: ApplicationRequest, rules: ItemRules) -> tuple[RaisedRequirement, ...]:
    """Every requirement of the case: each rule for each party of its role, then the demands of the guide.

    A demand for what the item requires anyway raises nothing more.
    """
    raised = [
        RaisedRequirement(
            key=f"{rule.code}/{party.party_id}",
            rule=rule.code,
            party_id=party.party_id,
            evidence=rule.evidence,
            names=tuple(rules.evidence[key].name for key in rule.evidence),
            applicant_made=_applicant_made(rule, rules),
        )
        for rule in rules.requirements
        for party in request.parties
        if party.role == rule.role
    ]
    for index, (demand, key) in enumerate(zip(request.demands, rules.demands, strict=True)):
        if key is not None and _required_anyway(key, demand.party_id, raised, rules):
            continue
        raised.append(
            RaisedRequirement(
                key=f"demand_{index}/{demand.party_id}",
                rule=None,
                party_id=demand.party_id,
                evidence=(key or demand.evidence,),
                names=(rules.evidence[key].name if key else demand.evidence,),
                applicant_made=key is not None and rules.evidence[key].source_attribute is SourceAttribute.APPLICANT,
            )
        )
    return tuple(raised)


def _applicant_made(rule: RequirementRule, rules: ItemRules) -> bool:
    return all(rules.evidence[key].source_attribute is SourceAttribute.APPLICANT for key in rule.evidence)


def _required_anyway(key: str, party_id: str, raised: list[RaisedRequirement], rules: ItemRules) -> bool:
    wanted = rules.evidence[key]
    return any(
        known.party_id == party_id
        and any(
            rules.evidence[k].code == wanted.code and rules.evidence[k].issuer_class == wanted.issuer_class
            for k in known.evidence
        )
        for known in raised
        if known.rule is not None
    )


def _error(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)
