"""A small catalogue for workflow tests: one item whose requirements reach every rung of this release."""

from __future__ import annotations

from datetime import date

from schemas.catalogue import (
    Alternative,
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
from schemas.codes import EvidenceKind, ItemType, Platform, Polarity, Route, Sensitivity, SourceAttribute
from schemas.evidence import Coverage

ITEM = "11350526MB0000003J4000123456001"
P = "synthetic"


def _type(code: str, name: str, **fields: object) -> EvidenceType:
    values: dict[str, object] = {
        "code": code,
        "name": name,
        "kind": EvidenceKind.FACT,
        "source_attribute": SourceAttribute.GOVERNMENT,
        "issuer_class": "police",
        "provenance": P,
    } | fields
    if values["source_attribute"] is SourceAttribute.GOVERNMENT:
        values["producing_item"] = "出具证明"
    return EvidenceType.model_validate(values)


def _requirement(code: str, evidence: str, role: str = "applicant", **fields: object) -> Requirement:
    values: dict[str, object] = {
        "code": code,
        "item_code": ITEM,
        "role": role,
        "alternatives": (Alternative(evidence_type=evidence),),
        "legal_basis": "示例依据第一条",
        "provenance": P,
    }
    return Requirement.model_validate(values | fields)


def _source(evidence: str, route: Route, platform: Platform, coverage: Coverage | None = None) -> Source:
    return Source.model_validate(
        {
            "evidence_type": evidence,
            "route": route,
            "platform": platform,
            "resource_code": f"res-{evidence}",
            "coverage": coverage,
            "provenance": P,
        }
    )


NATION = Coverage(area="100000")


def sample_catalogue(version: str = "test_2026") -> Catalogue:
    """One item: a licence, shared data, a trusted document, a negative fact, and one nobody can share."""
    return Catalogue(
        version=version,
        county="350526",
        county_name="德化县",
        owner="德化县司法局",
        document_no="示例〔2026〕1号",
        effective_from=date(2026, 1, 1),
        lists=tuple(
            ListVersion.model_validate(
                {
                    "list_name": name,
                    "title": title,
                    "owner": "德化县司法局",
                    "document_no": "示例〔2026〕1号",
                    "published_on": date(2026, 1, 1),
                    "provenance": P,
                }
            )
            for name, title in (
                ("retained", "德化县保留的证明事项清单"),
                ("paper_exempt", "免提交纸质证照清单"),
                ("commitment", "告知承诺制证明事项清单"),
            )
        ),
        departments=(Department(code="justice", name="德化县司法局", uscc="11350526MB0000003J", provenance=P),),
        issuer_classes=(
            IssuerClass(code="police", name="公安机关"),
            IssuerClass(code="village_committee", name="村（居）民委员会"),
            IssuerClass(code="hospital", name="医疗机构"),
        ),
        roles={"applicant": "申请人", "spouse": "配偶"},
        evidence_types=(
            _type("id_card", "居民身份证", kind=EvidenceKind.LICENCE),
            _type("household", "居民户口簿"),
            _type(
                "health_check",
                "体检报告",
                kind=EvidenceKind.PUBLIC_SERVICE,
                source_attribute=SourceAttribute.OTHER,
                issuer_class="hospital",
                public_service_sector="医疗卫生",
                public_service_item="健康体检",
                sensitivity=Sensitivity.HEALTH,
            ),
            _type("no_criminal_record", "无犯罪记录证明", polarity=Polarity.IS_NOT, sensitivity=Sensitivity.CRIMINAL),
            _type("hardship", "经济困难证明"),
            _type(
                "form",
                "申请表",
                kind=None,
                source_attribute=SourceAttribute.APPLICANT,
                issuer_class=None,
                format_and_sample="表样一",
            ),
        ),
        sources=(
            _source("id_card", Route.ELICENCE, Platform.ELICENCE_PROVINCIAL),
            _source("household", Route.DATA_SHARING, Platform.DATA_SHARING),
            _source("health_check", Route.TRUSTED_DOCUMENT, Platform.TRUSTED_DOCUMENTS),
            _source("no_criminal_record", Route.DATA_SHARING, Platform.DATA_SHARING, NATION),
        ),
        list_entries={
            "retained": ("id_card", "household", "health_check", "no_criminal_record", "hardship"),
            "paper_exempt": ("id_card",),
            "commitment": ("hardship",),
        },
        cancellations=(
            Cancellation(
                evidence_type="no_criminal_record",
                issuer_class="village_committee",
                act="民发〔2020〕20号",
                published_on=date(2020, 2, 1),
                provenance="民发〔2020〕20号",
            ),
        ),
        items=(
            ServiceItem(
                code=ITEM,
                name="示例事项",
                department="justice",
                item_type=ItemType.LICENSING,
                required_roles=("applicant",),
                optional_roles=("spouse",),
                notice_working_days=5,
                provenance=P,
            ),
        ),
        requirements=(
            _requirement("r_identity", "id_card"),
            _requirement("r_household", "household"),
            _requirement("r_record", "no_criminal_record", needed_coverage=NATION),
            _requirement("r_form", "form"),
            _requirement("r_spouse_health", "health_check", role="spouse"),
            _requirement("r_spouse_hardship", "hardship", role="spouse"),
        ),
    )
