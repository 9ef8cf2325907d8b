"""Errors that name the field: what the door, the catalogue loader and the workflows say of bad input."""

from __future__ import annotations

from pydantic import ValidationError

from schemas.base import Model


class FieldError(Model):
    """One thing wrong with an input: ``field`` is a dotted path, ``code`` is stable, ``message`` is for people."""

    field: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message} [{self.code}]"


class InvalidInput(ValueError):
    """Bad input, refused whole, before anything starts.  ``errors`` names every field that is wrong."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(str(e) for e in errors))
        self.errors = errors


def field_errors(error: ValidationError, prefix: str = "") -> tuple[FieldError, ...]:
    """The errors of a pydantic validation as ``FieldError``; input values are left out (they may be personal)."""
    return tuple(
        FieldError(
            field=".".join([*([prefix] if prefix else []), *(str(part) for part in e["loc"])]) or "(whole)",
            code=e["type"],
            message=e["msg"].removeprefix("Value error, "),
        )
        for e in error.errors(include_url=False, include_context=False, include_input=False)
    )
