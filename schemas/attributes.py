"""Search attributes: the columns a supervisor can filter cases by.  None of them ever holds personal data.

SQL visibility allows ten Keyword attributes and three of each other type in a namespace; a test holds the budget.
"""

from __future__ import annotations

from enum import StrEnum


class AttributeType(StrEnum):
    """The types used, by Temporal's names."""

    KEYWORD = "Keyword"
    KEYWORD_LIST = "KeywordList"
    INT = "Int"
    DATETIME = "Datetime"


CASE_STAGE = "CaseStage"
OFFICE = "Office"
ITEM_CODE = "ItemCode"
WAITING_ON = "WaitingOn"
ROUTE = "Route"
SLA_COLOUR = "SlaColour"
STUCK_REASON = "StuckReason"
CATALOGUE_VERSION = "CatalogueVersion"
DUE_AT = "DueAt"
PROMISED_AT = "PromisedAt"
LAST_PROGRESS_AT = "LastProgressAt"
OPEN_REQUIREMENTS = "OpenRequirements"
CASE_TAGS = "CaseTags"

ATTRIBUTES: dict[str, AttributeType] = {
    CASE_STAGE: AttributeType.KEYWORD,
    OFFICE: AttributeType.KEYWORD,
    ITEM_CODE: AttributeType.KEYWORD,
    WAITING_ON: AttributeType.KEYWORD,
    ROUTE: AttributeType.KEYWORD,
    SLA_COLOUR: AttributeType.KEYWORD,
    STUCK_REASON: AttributeType.KEYWORD,
    CATALOGUE_VERSION: AttributeType.KEYWORD,
    DUE_AT: AttributeType.DATETIME,
    PROMISED_AT: AttributeType.DATETIME,
    LAST_PROGRESS_AT: AttributeType.DATETIME,
    OPEN_REQUIREMENTS: AttributeType.INT,
    CASE_TAGS: AttributeType.KEYWORD_LIST,
}
