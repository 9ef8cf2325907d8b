"""What the doubles have in common, whatever their dialect: operations, what an answer means, and what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from schemas.application import FactValue
from schemas.codes import LicenceStatus
from schemas.evidence import Coverage

Document = Mapping[str, Any]


class Operation(StrEnum):
    """What can be asked of a platform."""

    TOKEN = "token"  # noqa: S105 - the name of an operation
    SEARCH = "search"
    VERIFY = "verify"
    LINK = "link"
    DOWNLOAD = "download"
    """Of a link."""
    CONTENT = "content"
    """Of a document by its identifier, without a link."""

    REQUEST = "request"
    REMIND = "remind"
    WITHDRAW = "withdraw"
    STANDING = "standing"
    REPORT = "report"
    ORDER = "order"
    REVOKE = "revoke"
    DIRECTORY = "directory"
    MESSAGE = "message"
    CALLBACK = "callback"
    """Not asked: the platform calls us."""


ACTS = (
    Operation.REQUEST,
    Operation.REMIND,
    Operation.WITHDRAW,
    Operation.STANDING,
    Operation.REPORT,
    Operation.ORDER,
    Operation.REVOKE,
    Operation.DIRECTORY,
    Operation.MESSAGE,
)
"""What is asked of the platforms of the long routes."""


class Meaning(StrEnum):
    """What an answer means; each dialect has its own code for it, or an HTTP status."""

    OK = "ok"
    NO_RECORD = "no_record"
    ADVERSE = "adverse"
    NOT_YET = "not_yet"
    QUOTA = "quota"
    UNAUTHORISED = "unauthorised"
    BAD_SIGNATURE = "bad_signature"
    STALE = "stale"
    REPLAYED = "replayed"
    MISSING_FIELD = "missing_field"
    BAD_PARAMETER = "bad_parameter"
    UNKNOWN_RESOURCE = "unknown_resource"
    LINK_SPENT = "link_spent"


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields of a request, taken out of its dialect; empty where missing."""

    resource_code: str = ""
    holder_type: str = ""
    holder_code: str = ""
    holder_name: str = ""
    identifier: str = ""
    purpose: str = ""
    case_no: str = ""
    item_code: str = ""
    item_name: str = ""
    operator_id: str = ""
    operator_department: str = ""
    fields: tuple[str, ...] = ()
    """Names of all fields that were sent: a caller that sends too much is found by them."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source."""

    identifier: str
    resource_code: str
    holder_code: str
    holder_name: str
    status: str = LicenceStatus.VALID
    valid_from: date | None = None
    valid_until: date | None = None
    content: tuple[tuple[str, FactValue], ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """An answer before it is put into a dialect.  ``code`` overrides the dialect's code for the meaning."""

    meaning: Meaning
    records: tuple[Record, ...] = ()
    code: str | None = None
    link: str = ""
    token: str = ""
    coverage: Coverage | None = None
    repeated: bool = False
    """The same call was answered before, under the same idempotency key."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came in."""

    operation: Operation
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    document: Document
    asked: Asked
    ticket: str = ""
