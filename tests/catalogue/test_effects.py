"""Every field of the catalogue has a reader: change it alone, and something that is decided or told changes."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from infra.catalogue.store import digest_of
from schemas.admission import check as check_request
from schemas.admission import raise_requirements
from schemas.application import ApplicationRequest
from schemas.base import Model
from schemas.catalogue import (
    Alternative,
    Body,
    Cancellation,
    Catalogue,
    Department,
    EvidenceType,
    IssuerClass,
    ListVersion,
    Requirement,
    ServiceItem,
    Source,
)
from schemas.codes import LicenceStatus, Platform
from schemas.commitment_terms import CommitmentTerms, DeferralTerms
from schemas.evidence import Coverage
from schemas.rules import rules_for
from tests.catalogue.climbing import request_for
from tests.catalogue.effects import (
    NOTHING,
    Change,
    Reading,
    decision,
    demanded,
    domains,
    evidence_of,
    findings,
    found,
    head,
    in_force,
    keys,
    of_rules,
    renamed_role,
    row,
    rule_of,
    rules_of,
    townships,
    unlisted,
    verdict,
    without,
)

LATE = date(2027, 1, 1)
MORE = ("applicant", "spouse")
DOG, RETAINED = "养犬登记", "retained"
COMPANY, PREMISES = "公司设立登记", "company_premises"
TERMS = rule_of(COMPANY, PREMISES, "commitments")
DEFERRAL = rule_of(COMPANY, PREMISES, "deferral")
CLAUSES = (
    "obligation",
    "content",
    "manner",
    "liability",
    "check_power",
    "publicity",
    "fulfilment",
    "supervision",
    "provenance",
)

EFFECTS: list[tuple[type[Model], str, Change, Reading]] = [
    # What a list is, is what the digest vouches for; its name and date are held against the rest.
    (ListVersion, "list_name", row("lists", RETAINED, list_name="commitment"), findings),
    (ListVersion, "title", row("lists", RETAINED, title="另一清单"), digest_of),
    (ListVersion, "owner", row("lists", RETAINED, owner="另一单位"), digest_of),
    (ListVersion, "document_no", row("lists", RETAINED, document_no="另一文号"), digest_of),
    (ListVersion, "published_on", row("lists", RETAINED, published_on=LATE), findings),
    (ListVersion, "provenance", row("lists", RETAINED, provenance="synthetic: x"), digest_of),
    (Department, "code", row("departments", "public_security", code="police"), findings),
    (Department, "name", row("departments", "public_security", name="公安"), of_rules(DOG, "department_name")),
    (
        Department,
        "uscc",
        row("departments", "public_security", uscc="11350526MB0000013K"),
        of_rules(DOG, "department"),
    ),
    (Department, "township", row("departments", "civil_affairs", township="龙浔镇"), townships),
    (Department, "provenance", row("departments", "justice", provenance="synthetic: x"), digest_of),
    (IssuerClass, "code", row("issuer_classes", "police", code="cops"), demanded("健在证明", "police")),
    (IssuerClass, "name", row("issuer_classes", "employer", name="单位"),
     evidence_of("职称评审", "years_of_practice", "issuer_name")),
    (IssuerClass, "department", row("issuer_classes", "police", department="justice"),
     evidence_of("收养登记", "foundling_report", "issuer_department")),
    (IssuerClass, "on_platform", row("issuer_classes", "police", on_platform=False),
     evidence_of("收养登记", "foundling_report", "issuer_on_platform")),
    (Body, "role", without("bodies", "reform"), of_rules(DOG, "bodies")),
    (Body, "name", row("bodies", "reform", name="审改办"), of_rules(DOG, "bodies")),
    (Body, "uscc", row("bodies", "reform", uscc="11350526MB0000001C"), of_rules(DOG, "bodies")),
    (Body, "provenance", row("bodies", "reform", provenance="synthetic: x"), digest_of),
    (CommitmentTerms, "requirement", row("commitments", PREMISES, requirement="food_premises"), TERMS),
    (CommitmentTerms, "evidence_type", row("commitments", PREMISES, evidence_type="real_estate_certificate"), TERMS),
    (CommitmentTerms, "letter_version", row("commitments", PREMISES, letter_version="letter_next"), TERMS),
    *((CommitmentTerms, c, row("commitments", PREMISES, **{c: "synthetic: x"}), TERMS) for c in CLAUSES),
    (CommitmentTerms, "predicate", row("commitments", PREMISES, predicate="party.floor == 1"), TERMS),
    (CommitmentTerms, "check", row("commitments", PREMISES, check="all", sample_percent=100), TERMS),
    (CommitmentTerms, "sample_percent", row("commitments", PREMISES, sample_percent=50), TERMS),
    (CommitmentTerms, "check_within_days", row("commitments", PREMISES, check_within_days=5), TERMS),
    (CommitmentTerms, "check_by", row("commitments", PREMISES, check_by="verification"), TERMS),
    (CommitmentTerms, "consequences", row("commitments", PREMISES, consequences=("rectify",)), TERMS),
    (CommitmentTerms, "rectify_days", row("commitments", PREMISES, rectify_days=5), TERMS),
    (DeferralTerms, "requirement", row("deferrals", PREMISES, requirement="food_premises"), DEFERRAL),
    (DeferralTerms, "form", row("deferrals", PREMISES, form="邮寄"), DEFERRAL),
    (DeferralTerms, "within_days", row("deferrals", PREMISES, within_days=1), DEFERRAL),
    (DeferralTerms, "overdue", row("deferrals", PREMISES, overdue="return"), DEFERRAL),
    (DeferralTerms, "provenance", row("deferrals", PREMISES, provenance="synthetic: x"), DEFERRAL),
    (Source, "evidence_type", row("sources", "tax_payment", evidence_type="mining_licence"),
     decision("不动产转移登记", "estate_transfer_tax_payment")),
    (Source, "route", row("sources", "tax_payment", route="trusted_document", platform="trusted_documents"),
     decision("不动产转移登记", "estate_transfer_tax_payment")),
    (Source, "platform", row("sources", "business_licence", platform=Platform.ELICENCE_PROVINCIAL),
     decision("食品经营许可变更", "food_change_business_licence")),
    (Source, "resource_code", row("sources", "tax_payment", resource_code="other/1"),
     decision("不动产转移登记", "estate_transfer_tax_payment")),
    (Source, "coverage", row("sources", "no_housing", coverage=Coverage(area="350526", since=date(2010, 1, 1))),
     verdict("住房公积金提取（租房）", "fund_withdrawal_no_housing", NOTHING)),
    (Source, "provenance", row("sources", "tax_payment", provenance="synthetic: x"), digest_of),
    (EvidenceType, "code", row("evidence_types", "tax_payment", code="tax_paid"), findings),
    (EvidenceType, "name", row("evidence_types", "alive_proof", name="生存证明"),
     demanded("健在证明", "village_committee")),
    (EvidenceType, "kind", row("evidence_types", "tax_payment", kind="K3"), findings),
    (EvidenceType, "issuer_class", row("evidence_types", "dog_keeping", issuer_class="police"),
     decision(DOG, "dog_registration_dog_keeping")),
    (EvidenceType, "polarity", row("evidence_types", "no_housing", polarity="is"),
     verdict("住房公积金提取（租房）", "fund_withdrawal_no_housing", NOTHING)),
    (EvidenceType, "sensitivity", row("evidence_types", "credit_standing", sensitivity="none"),
     decision("住房公积金贷款", "fund_loan_credit_standing", authorised=False)),
    (EvidenceType, "provenance", row("evidence_types", "tax_payment", provenance="synthetic: x"), digest_of),
    (Cancellation, "evidence_type", without("cancellations", "dog_keeping"),
     decision(DOG, "dog_registration_dog_keeping")),
    (Cancellation, "issuer_class", row("cancellations", "dog_keeping", issuer_class="police"),
     decision(DOG, "dog_registration_dog_keeping")),
    (Cancellation, "act", row("cancellations", "dog_keeping", act="另一文件"),
     decision(DOG, "dog_registration_dog_keeping")),
    (Cancellation, "published_on", row("cancellations", "dog_keeping", published_on=LATE), findings),
    (Cancellation, "provenance", row("cancellations", "dog_keeping", provenance="synthetic: x"), digest_of),
    (Alternative, "evidence_type",
     row("requirements", "estate_transfer_tax_payment", alternatives=({"evidence_type": "bank_deposit"},)),
     decision("不动产转移登记", "estate_transfer_tax_payment")),
    (Alternative, "issuer_class",
     row("requirements", "security_guard_no_criminal_record",
         alternatives=({"evidence_type": "no_criminal_record", "issuer_class": "village_committee"},)),
     decision("保安员证核发", "security_guard_no_criminal_record")),
    (Requirement, "code", row("requirements", "estate_transfer_tax_payment", code="tax"),
     lambda c: [r.code for r in rules_of("不动产转移登记", c).requirements]),
    (Requirement, "item_code", row("requirements", "estate_transfer_tax_payment", item_code="bm_student_card"),
     lambda c: [r.code for r in rules_of("不动产转移登记", c).requirements]),
    (Requirement, "role", row("requirements", "estate_transfer_tax_payment", role="transferor"),
     keys("不动产转移登记")),
    (Requirement, "legal_basis", row("requirements", "dog_registration_dog_keeping", legal_basis="另一依据"),
     lambda c: rules_of(DOG, c).requirements[1].legal_basis),
    (Requirement, "accepted_statuses",
     row("requirements", "mining_renewal_pollution_permit", accepted_statuses=("05",)),
     verdict("采矿权延续登记", "mining_renewal_pollution_permit", found(LicenceStatus.LAPSED))),
    (Requirement, "condition",
     row("requirements", "fund_loan_provident_fund_deposit", condition="content.deposit_months >= 36"),
     verdict("住房公积金贷款", "fund_loan_provident_fund_deposit", found(deposit_months=24))),
    (Requirement, "needed_coverage",
     row("requirements", "fund_withdrawal_no_housing", needed_coverage=Coverage(area="350500")),
     verdict("住房公积金提取（租房）", "fund_withdrawal_no_housing", NOTHING)),
    (Requirement, "routes", row("requirements", "student_card_school_enrolment", routes=None),
     decision("学生公交优待证", "student_card_school_enrolment")),
    (Requirement, "deferrable", row("requirements", "hotel_fire_opinion", deferrable=False),
     decision("特种行业许可（旅馆业）", "hotel_fire_opinion")),
    (Requirement, "provenance", row("requirements", "hotel_fire_opinion", provenance="synthetic: x"), digest_of),
    (ServiceItem, "code", row("items", "bm_dog_registration", code="bm_dogs"), of_rules(DOG, "item_code")),
    (ServiceItem, "name", row("items", "bm_dog_registration", name="犬只登记"),
     lambda c: rules_for(c, "0" * 64, "bm_dog_registration").item_name),
    (ServiceItem, "department", row("items", "bm_dog_registration", department="xunzhong_town"),
     of_rules(DOG, "department")),
    (ServiceItem, "required_roles", row("items", "bm_dog_registration", required_roles=MORE),
     lambda c: [e.code for e in check_request(_alone(c), rules_of(DOG, c))]),
    (ServiceItem, "optional_roles", row("items", "bm_dog_registration", optional_roles=("spouse",)),
     lambda c: [p.role for p in request_for(rules_of(DOG, c)).parties]),
    (ServiceItem, "notice_working_days", row("items", "bm_dog_registration", notice_working_days=5),
     of_rules(DOG, "notice_working_days")),
    (ServiceItem, "item_type", row("items", "11350526MB0000006U4000731001001", item_type="01"),
     of_rules(COMPANY, "item_type")),
    (ServiceItem, "statutory_working_days", row("items", "bm_dog_registration", statutory_working_days=9),
     of_rules(DOG, "statutory_working_days")),
    (ServiceItem, "promised_working_days", row("items", "bm_dog_registration", promised_working_days=3),
     of_rules(DOG, "promised_working_days")),
    (ServiceItem, "domain", row("items", "bm_dog_registration", domain="public_safety"),
     of_rules(DOG, "commitment_excluded")),
    (ServiceItem, "assistance", row("items", "bm_dog_registration", assistance=True), of_rules(DOG, "assistance")),
    (ServiceItem, "provenance", row("items", "bm_dog_registration", provenance="synthetic: x"), digest_of),
    (Catalogue, "version", head(version="dehua_next"), of_rules(DOG, "ref")),
    (Catalogue, "county", head(county="350525"), of_rules(DOG, "county")),
    (Catalogue, "county_name", head(county_name="永春县"), digest_of),
    (Catalogue, "owner", head(owner="另一单位"), digest_of),
    (Catalogue, "document_no", head(document_no="另一文号"), digest_of),
    (Catalogue, "effective_from", head(effective_from=LATE), in_force(date(2026, 3, 2))),
    (Catalogue, "lists", head(lists=()), findings),
    (Catalogue, "departments", without("departments", "justice"), findings),
    (Catalogue, "issuer_classes", without("issuer_classes", "fire"), findings),
    (Catalogue, "roles", renamed_role, of_rules(DOG, "role_names")),
    (Catalogue, "evidence_types", without("evidence_types", "alive_proof"), demanded("健在证明", "village_committee")),
    (Catalogue, "sources", without("sources", "tax_payment"),
     decision("不动产转移登记", "estate_transfer_tax_payment")),
    (Catalogue, "list_entries", unlisted("retained", "tax_payment"),
     decision("不动产转移登记", "estate_transfer_tax_payment")),
    (Catalogue, "list_entries", unlisted("paper_exempt", "food_licence"),
     decision("食品经营许可变更", "food_change_food_licence")),
    (Catalogue, "list_entries", unlisted("commitment", "years_of_practice"),
     decision("职称评审", "title_review_years_of_practice")),
    (Catalogue, "cancellations", without("cancellations", "dog_keeping"),
     decision(DOG, "dog_registration_dog_keeping")),
    (Catalogue, "items", without("items", "bm_elder_subsidy"), findings),
    (Catalogue, "requirements", without("requirements", "dog_registration_dog_keeping"), of_rules(DOG, "requirements")),
    (Catalogue, "bodies", without("bodies", "committee"), of_rules(DOG, "bodies")),
    (Catalogue, "commitment_excluded_domains", domains("ecology"),
     of_rules("烟花爆竹经营（零售）许可", "commitment_excluded")),
    (Catalogue, "commitments", without("commitments", PREMISES), TERMS),
    (Catalogue, "deferrals", without("deferrals", PREMISES), DEFERRAL),
]  # fmt: skip
"""Model, field, a change of it, and a reading that the change must change."""

REFUSED: list[tuple[type[Model], str, Change]] = [
    (EvidenceType, "source_attribute", row("evidence_types", "tax_payment", source_attribute="10")),
    (EvidenceType, "format_and_sample", row("evidence_types", "sale_contract", format_and_sample=None)),
    (EvidenceType, "producing_item", row("evidence_types", "tax_payment", producing_item=None)),
    (EvidenceType, "public_service_sector", row("evidence_types", "bank_deposit", public_service_sector=None)),
    (EvidenceType, "public_service_item", row("evidence_types", "bank_deposit", public_service_item=None)),
    (EvidenceType, "issuer_class", row("evidence_types", "tax_payment", issuer_class=None)),
    (EvidenceType, "kind", row("evidence_types", "tax_payment", kind=None)),
    (Requirement, "alternatives", row("requirements", "dog_registration_dog_keeping", alternatives=())),
    (ServiceItem, "item_type", row("items", "bm_dog_registration", item_type="01")),
]
"""Fields whose reader is a rule of the row itself: the change is refused."""


def _alone(catalogue: Catalogue) -> ApplicationRequest:
    request = request_for(rules_of(DOG, catalogue))
    return request.model_copy(update={"parties": request.parties[:1]})


@pytest.mark.parametrize(("model", "field", "change", "reading"), EFFECTS, ids=lambda v: getattr(v, "__name__", str(v)))
def test_a_field_has_an_effect(
    real: Catalogue, model: type[Model], field: str, change: Change, reading: Reading
) -> None:
    assert field in model.model_fields
    assert reading(change(real)) != reading(real)


@pytest.mark.parametrize(("model", "field", "change"), REFUSED, ids=lambda v: getattr(v, "__name__", str(v)))
def test_a_field_is_held_to_its_row(real: Catalogue, model: type[Model], field: str, change: Change) -> None:
    assert field in model.model_fields
    with pytest.raises(ValidationError):
        change(real)


def test_no_field_is_left_out() -> None:
    shown = {(e[0], e[1]) for e in EFFECTS} | {(r[0], r[1]) for r in REFUSED}
    models = (
        ListVersion,
        Department,
        IssuerClass,
        Source,
        EvidenceType,
        Cancellation,
        Alternative,
        Requirement,
        ServiceItem,
        Body,
        CommitmentTerms,
        DeferralTerms,
        Catalogue,
    )
    every = {(model, field) for model in models for field in model.model_fields}
    assert every == shown


def test_source_attribute_decides_the_scope_and_the_order(real: Catalogue) -> None:
    """10 is never routed; 99 begins with the trusted documents."""
    rules = rules_of("不动产转移登记", real)
    raised = {r.rule: r for r in raise_requirements(request_for(rules), rules)}
    assert raised["estate_transfer_sale_contract"].applicant_made
    assert not raised["estate_transfer_tax_payment"].applicant_made
    first = decision("不动产转移登记", "estate_transfer_invoice_between_units")(real)
    assert first == (Platform.TRUSTED_DOCUMENTS, "KX-350526-002")


def test_a_party_must_be_in_a_role_the_item_knows(real: Catalogue) -> None:
    rules = rules_of(DOG, real)
    request = request_for(rules)
    stranger = request.parties[0].model_copy(update={"role": "spouse", "party_id": "other"})
    errors = check_request(request.model_copy(update={"parties": (*request.parties, stranger)}), rules)
    assert [(e.field, e.code) for e in errors] == [("parties.1.role", "unknown_role")]
