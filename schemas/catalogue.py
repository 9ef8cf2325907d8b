"""目录: what a county asks for, where each fact can be had, and on whose authority (an immutable published version).

A published ``Catalogue`` is the whole; ``ItemRules`` is the part one case needs, resolved, so that the ladder is a
pure function of it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.base import Model
from schemas.codes import (
    BodyRole,
    EvidenceKind,
    ItemDomain,
    ItemType,
    LicenceStatus,
    Platform,
    Polarity,
    Route,
    Sensitivity,
    SourceAttribute,
)
from schemas.commitment_terms import CommitmentTerms as CommitmentTerms
from schemas.commitment_terms import DeferralTerms as DeferralTerms
from schemas.commitment_terms import Provenance as Provenance
from schemas.evidence import Coverage
from schemas.identifiers import AreaCode, Code, Uscc, check_item_code

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]

LIST_RETAINED = "retained"
LIST_PAPER_EXEMPT = "paper_exempt"
LIST_COMMITMENT = "commitment"
ListName = Literal["retained", "paper_exempt", "commitment"]
"""保留的证明事项清单, 免提交纸质证照清单, 告知承诺制证明事项清单."""


class ListVersion(Model):
    """A named list as published: the catalogue version binds it (owner, document number, date)."""

    list_name: ListName
    title: Name
    owner: Name
    document_no: Name
    published_on: date
    provenance: Provenance


class Department(Model):
    """A department of the county."""

    code: Code
    name: Name
    uscc: Uscc
    township: Name | None = None
    """乡镇 whose office it is: what its windows take in counts there (``infra.statistics``)."""
    provenance: Provenance


class Body(Model):
    """One of the county's bodies that steer and watch; a department can be one, by its own USCC."""

    role: BodyRole
    name: Name
    uscc: Uscc
    provenance: Provenance


class IssuerClass(Model):
    """A class of issuers (the concrete issuer and its place are facts of the case)."""

    code: Code
    name: Name
    department: Code | None = None
    """The county's department of that class, where it has one."""
    on_platform: bool = False
    """Whether it answers on the city's integrated platform; one that does not is never asked [四(四)一]."""


class Source(Model):
    """Where evidence of a type can be had without the applicant."""

    evidence_type: Code
    route: Literal[Route.ELICENCE, Route.DATA_SHARING, Route.TRUSTED_DOCUMENT]
    platform: Platform
    resource_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,64}$")]
    """证照类型代码 of an e-licence, 资源目录代码 of a data resource, or 文件类型代码 of a trusted document."""
    coverage: Coverage | None = None
    provenance: Provenance

    @model_validator(mode="after")
    def _platform_serves_route(self) -> Self:
        serves = {
            Route.ELICENCE: (Platform.ELICENCE_NATIONAL, Platform.ELICENCE_PROVINCIAL),
            Route.DATA_SHARING: (Platform.DATA_SHARING,),
            Route.TRUSTED_DOCUMENT: (Platform.TRUSTED_DOCUMENTS,),
        }[self.route]
        if self.platform not in serves:
            raise ValueError(f"platform {self.platform.value} 不提供路径 {self.route.value}")
        return self


class EvidenceType(Model):
    """证明材料.  The companion fields say where the material comes from, as the policy asks in 四(二)."""

    code: Code
    name: Name
    kind: EvidenceKind | None
    """``None`` only for applicant-made material, which is none of the policy's three kinds."""
    source_attribute: SourceAttribute
    issuer_class: Code | None = None
    polarity: Polarity = Polarity.IS
    sensitivity: Sensitivity = Sensitivity.NONE
    format_and_sample: Name | None = None
    producing_item: Name | None = None
    public_service_sector: Name | None = None
    public_service_item: Name | None = None
    provenance: Provenance

    @model_validator(mode="after")
    def _companions_are_there(self) -> Self:
        needed: dict[SourceAttribute, tuple[str, ...]] = {
            SourceAttribute.APPLICANT: ("format_and_sample",),
            SourceAttribute.GOVERNMENT: ("issuer_class", "producing_item", "kind"),
            SourceAttribute.OTHER: ("issuer_class", "public_service_sector", "public_service_item", "kind"),
        }
        missing = [name for name in needed[self.source_attribute] if getattr(self, name) is None]
        if missing:
            raise ValueError(f"来源属性 {self.source_attribute.value} 须填写：{'、'.join(missing)}")
        return self


class Cancellation(Model):
    """A published act that cancels the demand for a kind of evidence from a class of issuers [三(一)]."""

    evidence_type: Code
    issuer_class: Code
    act: Name
    published_on: date
    provenance: Provenance


class Alternative(Model):
    """One way to meet a requirement: an evidence type, from the issuer class it names."""

    evidence_type: Code
    issuer_class: Code | None = None


class Requirement(Model):
    """证明要求: what an item needs for each party of a role: one of ``alternatives``, in order of preference."""

    code: Code
    item_code: str
    role: Code
    alternatives: tuple[Alternative, ...] = Field(min_length=1)
    legal_basis: Name
    accepted_statuses: tuple[LicenceStatus, ...] = (LicenceStatus.VALID,)
    condition: Annotated[str, StringConstraints(max_length=500)] | None = None
    """A CEL expression over ``content`` (the record) and ``party`` (facts of the party)."""
    needed_coverage: Coverage | None = None
    routes: tuple[Route, ...] | None = None
    """Routes in the order wanted here, leaving others out; ``None`` is the policy's order."""
    deferrable: bool = False
    """材料必要性 3, 容缺后补."""
    provenance: Provenance


class ServiceItem(Model):
    """政务服务事项.  ``code`` is the 31-character 实施编码; a 便民服务事项 has a short code of our own."""

    code: str
    name: Name
    department: Code
    item_type: ItemType
    required_roles: tuple[Code, ...] = Field(min_length=1)
    optional_roles: tuple[Code, ...] = ()
    notice_working_days: int = Field(ge=1, le=30)
    """Working days from 收件 within which the one 补正告知 must go out (行政许可法 32: five)."""
    statutory_working_days: int | None = Field(default=None, ge=1, le=365)
    """法定时限."""
    promised_working_days: int | None = Field(default=None, ge=1, le=365)
    """承诺时限: what the county promises, never more than the law gives."""
    domain: ItemDomain = ItemDomain.GENERAL
    assistance: bool = False
    """Within the published scope of 帮办代办."""
    provenance: Provenance

    @model_validator(mode="after")
    def _code_is_valid(self) -> Self:
        if len(self.code) == 31:
            check_item_code(self.code)
        elif not (self.item_type is ItemType.PUBLIC_SERVICE and self.code.startswith("bm_")):
            raise ValueError("code 须为 31 位实施编码；便民服务事项可用 bm_ 开头的代码")
        return self


class CatalogueRef(Model):
    """Which version a case is pinned to, and the digest of its content."""

    version: Code
    digest: str


class Catalogue(Model):
    """One published version, whole."""

    version: Code
    county: AreaCode
    county_name: Name
    owner: Name
    document_no: Name
    effective_from: date
    lists: tuple[ListVersion, ...]
    departments: tuple[Department, ...]
    issuer_classes: tuple[IssuerClass, ...]
    roles: dict[Code, Name]
    evidence_types: tuple[EvidenceType, ...]
    sources: tuple[Source, ...]
    list_entries: dict[ListName, tuple[Code, ...]]
    cancellations: tuple[Cancellation, ...]
    items: tuple[ServiceItem, ...]
    requirements: tuple[Requirement, ...]
    bodies: tuple[Body, ...] = ()
    commitment_excluded_domains: tuple[ItemDomain, ...] = ()
    """Domains in which no commitment replaces a proof [国办发〔2020〕42号]."""
    commitments: tuple[CommitmentTerms, ...] = ()
    deferrals: tuple[DeferralTerms, ...] = ()


class EvidenceRule(Model):
    """An evidence type as one case needs it: its list memberships and sources resolved."""

    code: Code
    name: Name
    issuer_class: Code | None
    source_attribute: SourceAttribute
    polarity: Polarity
    sensitivity: Sensitivity
    retained: bool
    paper_exempt: bool
    commitment_listed: bool
    cancelled_by: str | None
    """The published act, where the demand from this issuer class is cancelled."""
    sources: tuple[Source, ...]
    issuer_name: str | None = None
    """The county's department of the issuer class, where it has one; otherwise what the class is called."""
    issuer_department: Uscc | None = None
    issuer_on_platform: bool = False
    producing_item: str | None = None
    public_service_item: str | None = None


class RequirementRule(Model):
    """A requirement as one case needs it; ``evidence`` holds keys of ``ItemRules.evidence``."""

    code: Code
    role: Code
    evidence: tuple[str, ...]
    legal_basis: str
    accepted_statuses: tuple[LicenceStatus, ...]
    condition: str | None
    needed_coverage: Coverage | None
    routes: tuple[Route, ...] | None
    deferrable: bool
    commitments: tuple[CommitmentTerms, ...] = ()
    """At most one for each kind of evidence that meets the requirement; a kind without terms takes no commitment."""
    deferral: DeferralTerms | None = None


class ItemRules(Model):
    """The slice of a catalogue version that one service item needs."""

    ref: CatalogueRef
    county: AreaCode
    item_code: str
    item_name: str
    department: Uscc
    department_name: str
    required_roles: tuple[Code, ...]
    optional_roles: tuple[Code, ...]
    role_names: dict[str, str]
    notice_working_days: int
    requirements: tuple[RequirementRule, ...]
    evidence: dict[str, EvidenceRule]
    """By ``evidence_key``: the type, with its issuer class where the requirement names one."""
    demands: tuple[str | None, ...] = ()
    """For each demand of the request, in order, the key in ``evidence``; ``None``: on no list at all."""
    item_type: ItemType | None = None
    statutory_working_days: int | None = None
    promised_working_days: int | None = None
    domain: ItemDomain = ItemDomain.GENERAL
    commitment_excluded: bool = False
    """The item's domain takes no commitment."""
    assistance: bool = False
    bodies: dict[str, Body] = Field(default_factory=dict)
    """By the value of ``BodyRole``."""


def evidence_key(evidence_type: str, issuer_class: str | None) -> str:
    """How a kind of evidence from a class of issuers is named within ``ItemRules``."""
    return evidence_type if issuer_class is None else f"{evidence_type}@{issuer_class}"
