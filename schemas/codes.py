"""Closed code sets: the words of the design, and the national codes (GB/T 39046-2020, GB/T 36903 annex A) as used."""

from __future__ import annotations

from enum import StrEnum


class Route(StrEnum):
    """办理路径: the rungs of the ladder, in the default order of the policy."""

    ABOLISHED = "abolished"
    ELICENCE = "elicence"
    DATA_SHARING = "data_sharing"
    TRUSTED_DOCUMENT = "trusted_document"
    VERIFICATION = "verification"
    PAPER_FIRST = "paper_first"
    COMMITMENT = "commitment"
    DEFERRED_SUPPLY = "deferred_supply"
    ASSISTANCE = "assistance"
    FLEXIBLE_DISPOSITION = "flexible_disposition"


class Implementation(StrEnum):
    """实现方式: the four ways of the policy, section 三, for statistics."""

    CANCELLATION = "cancellation"
    DATA_SHARING = "data_sharing"
    COLLABORATION = "collaboration"
    SERVICE = "service"


IMPLEMENTATION_OF_ROUTE: dict[Route, Implementation] = {
    Route.ABOLISHED: Implementation.CANCELLATION,
    Route.ELICENCE: Implementation.DATA_SHARING,
    Route.DATA_SHARING: Implementation.DATA_SHARING,
    Route.TRUSTED_DOCUMENT: Implementation.DATA_SHARING,
    Route.VERIFICATION: Implementation.COLLABORATION,
    Route.PAPER_FIRST: Implementation.COLLABORATION,
    Route.COMMITMENT: Implementation.SERVICE,
    Route.DEFERRED_SUPPLY: Implementation.SERVICE,
    Route.ASSISTANCE: Implementation.SERVICE,
    Route.FLEXIBLE_DISPOSITION: Implementation.SERVICE,
}

CLAUSE_OF_ROUTE: dict[Route, str] = {
    Route.ABOLISHED: "三(一)",
    Route.ELICENCE: "三(二)1",
    Route.DATA_SHARING: "三(二)2",
    Route.TRUSTED_DOCUMENT: "三(二)3",
    Route.VERIFICATION: "三(三)、四(四)一",
    Route.PAPER_FIRST: "四(四)二",
    Route.COMMITMENT: "四(六)",
    Route.DEFERRED_SUPPLY: "四(四)二",
    Route.ASSISTANCE: "四(五)",
    Route.FLEXIBLE_DISPOSITION: "四(七)",
}
"""The clause of 德政办〔2024〕28号 that each route stands on."""


class Platform(StrEnum):
    """The outside systems; each e-licence dialect is a platform of its own."""

    ELICENCE_NATIONAL = "elicence_national"
    ELICENCE_PROVINCIAL = "elicence_provincial"
    DATA_SHARING = "data_sharing"
    TRUSTED_DOCUMENTS = "trusted_documents"
    COLLABORATION = "collaboration"
    """泉州市一体化政务服务平台: 信息核验 and 意见征集."""
    CREDIT_PROVINCIAL = "credit_provincial"
    CREDIT_CITY = "credit_city"
    ASSISTANCE = "assistance"
    """泉州市统一帮代办系统."""
    NOTIFICATION = "notification"


SHARING_PLATFORMS = (
    Platform.ELICENCE_NATIONAL,
    Platform.ELICENCE_PROVINCIAL,
    Platform.DATA_SHARING,
    Platform.TRUSTED_DOCUMENTS,
)
"""Those that share evidence; a county is connected to all of them.  One of the others may be absent: not connected."""

CREDIT_PLATFORMS = (Platform.CREDIT_PROVINCIAL, Platform.CREDIT_CITY)
CALLBACK_PLATFORMS = (Platform.COLLABORATION, Platform.ASSISTANCE)
"""Those that bring their answers to our door."""


class SourceAttribute(StrEnum):
    """来源渠道 (GB/T 39046): who makes the material."""

    APPLICANT = "10"
    GOVERNMENT = "20"
    OTHER = "99"


class EvidenceKind(StrEnum):
    """The three kinds of 证明 of the policy, section 二."""

    LICENCE = "K1"
    FACT = "K2"
    PUBLIC_SERVICE = "K3"


class Polarity(StrEnum):
    """Whether the evidence shows that a fact is, or that it is not (无犯罪记录, 无房)."""

    IS = "is"
    IS_NOT = "is_not"


class Sensitivity(StrEnum):
    """What more a lookup needs: the holder's authorisation (bank, health), or yes / no answers only (criminal)."""

    NONE = "none"
    BANK = "bank"
    HEALTH = "health"
    CRIMINAL = "criminal"


class LicenceStatus(StrEnum):
    """证照状态."""

    VALID = "01"
    SUSPENDED = "02"
    REVOKED = "03"
    CANCELLED = "04"
    LAPSED = "05"
    TRANSFERRED = "06"
    WITHDRAWN = "07"
    OTHER = "99"


class HolderCodeType(StrEnum):
    """持证主体代码类型 (GB/T 36903 annex A, as carried by a vendor dictionary)."""

    USCC = "001"
    OTHER_ORGANISATION = "099"
    RESIDENT_ID = "111"
    MILITARY_OFFICER = "114"
    ARMED_POLICE_OFFICER = "115"
    SOLDIER = "118"
    ARMED_POLICE_SOLDIER = "119"
    CIVIL_STAFF = "120"
    ARMED_POLICE_CIVIL_STAFF = "122"
    DIPLOMATIC_PASSPORT = "411"
    SERVICE_PASSPORT = "412"
    PUBLIC_AFFAIRS_PASSPORT = "413"
    PASSPORT = "414"
    TAIWAN_PERMIT = "511"
    HK_MACAO_PERMIT = "516"
    OTHER_PERSON = "999"


ORGANISATION_CODE_TYPES = (HolderCodeType.USCC, HolderCodeType.OTHER_ORGANISATION)


class PartyKind(StrEnum):
    """What a party of a case is."""

    LIVING = "living"
    DECEASED = "deceased"
    ORGANISATION = "organisation"


class ItemType(StrEnum):
    """事项类型 (GB/T 39046-2020)."""

    LICENSING = "01"
    PENALTY = "02"
    COERCION = "03"
    LEVY = "04"
    PAYMENT = "05"
    INSPECTION = "06"
    CONFIRMATION = "07"
    REWARD = "08"
    ADJUDICATION = "09"
    OTHER = "10"
    PUBLIC_SERVICE = "20"


class ActorKind(StrEnum):
    """Who did something."""

    BUSINESS_SYSTEM = "business_system"
    CLERK = "clerk"
    APPLICANT = "applicant"
    REPRESENTATIVE = "representative"
    SYSTEM = "system"
    DEPARTMENT = "department"
    """Staff of a department that is asked."""
    CASE_HELPER = "case_helper"
    COMMITTEE = "committee"
    SUPERVISOR = "supervisor"
    PLATFORM = "platform"
    """An outside platform that brings an answer."""


class Mode(StrEnum):
    """Whether somebody is waiting at the counter; it decides how long the sharing routes may take."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


class ItemDomain(StrEnum):
    """The field an item works in: 国办发〔2020〕42号 keeps commitments out of all but the first."""

    GENERAL = "general"
    NATIONAL_SECURITY = "national_security"
    STATE_SECRET = "state_secret"  # noqa: S105 - a field of government work
    PUBLIC_SAFETY = "public_safety"
    FINANCIAL_PRUDENCE = "financial_prudence"
    ECOLOGY = "ecology"
    LIFE_AND_PROPERTY = "life_and_property"
    FOREIGN_AFFAIRS = "foreign_affairs"


class BodyRole(StrEnum):
    """The county's bodies that steer and watch, by what they do in the policy."""

    COMMITTEE = "committee"
    """县行政服务中心管委会."""
    JUSTICE = "justice"
    """司法局."""
    REFORM = "reform"
    """审改办."""
    EFFICIENCY = "efficiency"
    """效能办."""
    CREDIT_OFFICE = "credit_office"
    """信用办."""
    DATA_BUREAU = "data_bureau"
    """数据管理局."""


class CheckMode(StrEnum):
    """核查方式 of a commitment: 免核, 抽查, 全查."""

    NONE = "none"
    SAMPLE = "sample"
    ALL = "all"


class CheckBy(StrEnum):
    """By what a commitment is checked: 数据共享 or 信息核验."""

    SHARING = "sharing"
    VERIFICATION = "verification"


class Consequence(StrEnum):
    """What follows from a false commitment, by the department's act [国办发〔2020〕42号]."""

    STOP = "stop"
    """终止办理."""
    RECTIFY = "rectify"
    """责令限期整改."""
    REVOKE = "revoke"
    """撤销行政决定."""
    PENALISE = "penalise"
    """行政处罚."""


class OverdueEffect(StrEnum):
    """容缺: what follows when the paper owed does not come in time (超期处理)."""

    RETURN = "return"
    """退件."""
    TERMINATE = "terminate"
    """终止办理."""
    WITHDRAW_ACCEPTANCE = "withdraw_acceptance"
    """撤销受理."""
