"""Data converter: pydantic JSON; malformed input fails cleanly with the fields named, and never with the values."""

from __future__ import annotations

import dataclasses
from typing import Any

from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
    PayloadCodec,
    create_payload_validation_error,
)

from schemas.errors import field_errors


class FieldNamingJsonConverter(PydanticJSONPlainPayloadConverter):
    """Pydantic JSON whose validation errors become a non-retryable ``PayloadValidationError`` with ``FieldError``s.

    Left alone, a malformed start would fail its workflow task for ever.
    """

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        """The value of a payload.  Raises ApplicationError of type ``PayloadValidationError``."""
        try:
            return super().from_payload(payload, type_hint)
        except ValidationError as error:
            details = [e.model_dump(mode="json") for e in field_errors(error)]
            raise create_payload_validation_error(details) from None


class PayloadConverter(CompositePayloadConverter):
    """The default converters with ours in the place of plain JSON."""

    def __init__(self) -> None:
        ours = FieldNamingJsonConverter()
        converters = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(*(c if not isinstance(c, JSONPlainPayloadConverter) else ours for c in converters))


def data_converter(codec: PayloadCodec) -> DataConverter:
    """Sealed pydantic payloads, failure messages and stack traces sealed too."""
    return dataclasses.replace(
        DataConverter.default,
        payload_converter_class=PayloadConverter,
        payload_codec=codec,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
