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
    """The outside systems that share evidence; each e-licence dialect is a platform of its own."""

    ELICENCE_NATIONAL = "elicence_national"
    ELICENCE_PROVINCIAL = "elicence_provincial"
    DATA_SHARING = "data_sharing"
    TRUSTED_DOCUMENTS = "trusted_documents"


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


class Mode(StrEnum):
    """Whether somebody is waiting at the counter; it decides how long the sharing routes may take."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"
