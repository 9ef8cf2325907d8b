"""Types of what comes over the wire: strict on what we rely on, blind to everything else a platform may add."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainValidator,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from infra.platforms.transport import NoAnswer, Reply
from schemas.application import FactValue
from schemas.codes import LicenceStatus
from schemas.exchange import AnswerClass

_OPEN_ENDED = ("", "长期", "长期有效", "9999-12-31")
_STATUSES = {status.value: status for status in LicenceStatus}


class Wire(BaseModel):
    """Base of every wire model; input never shows in an error."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, hide_input_in_errors=True)


M = TypeVar("M", bound=Wire)
T = TypeVar("T")


def read(model: type[M], reply: Reply) -> M:
    """A reply as its model.  Raises NoAnswer ``wrong_schema``."""
    try:
        return model.model_validate_json(reply.body)
    except ValidationError:
        raise unreadable(reply) from None


def unreadable(reply: Reply) -> NoAnswer:
    """What to raise for a reply that does not say what its dialect says it must."""
    return NoAnswer.because(AnswerClass.CONFIG, "wrong_schema", reply.body, reply.media_type)


def _code(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,20}", value):
        raise ValueError("not a return code")
    return value


def _status(value: Any) -> LicenceStatus:
    if not isinstance(value, str) or not re.fullmatch(r"\d{2}", value):
        raise ValueError("not a status")
    # A status we do not know is not 有效, and not for a machine to pass over: 其他.
    return _STATUSES.get(value, LicenceStatus.OTHER)


def _day(value: Any) -> date | None:
    if value is None or value in _OPEN_ENDED:
        return None
    if not isinstance(value, str):
        raise ValueError("not a date")
    return date.fromisoformat(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    if moment is None or moment.tzinfo is None:
        raise ValueError("not a moment with its offset")
    return moment


def _content(value: Any) -> dict[str, FactValue]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return {name: item for name, item in value.items() if isinstance(item, (str, int, bool))}


def _or_none(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


ReturnCode = Annotated[str, PlainValidator(_code)]
"""A return code; numbers are taken as text, for vendors differ."""
StatusCode = Annotated[LicenceStatus, PlainValidator(_status)]
Day = Annotated[date | None, PlainValidator(_day)]
"""A day as YYYY-MM-DD; nothing, 长期 and 9999-12-31 are no limit."""
Moment = Annotated[datetime, PlainValidator(_moment)]
"""A moment in ISO 8601 with its offset."""
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""What a record or document is named by; without it there is nothing to cite or to fetch."""
Area = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
Content = Annotated[dict[str, FactValue], PlainValidator(_content)]
"""The record's own fields: text, numbers, yes or no.  Nested values are left out; no condition can be put on them."""
Payload = Annotated[T | None, WrapValidator(_or_none)]
"""The payload of an envelope; ``None`` where it is absent or unreadable, so that an error code is still understood."""
