"""What the body of an act looks like: the command without its actor, for who acts is what the token says."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import ConfigDict, create_model

from infra.gateway.examples import example_of
from schemas.application import Actor
from schemas.base import Model
from schemas.mandate import OnBehalf

ACTOR, ON_BEHALF = "actor", "on_behalf"


@cache
def body_of(command: type[Model], by_representative: bool, known: tuple[str, ...] = ()) -> type[Model]:
    """The model of the body, under the name of the command; ``on_behalf`` where a representative may do the act.

    ``known`` are fields that the address says.
    """
    fields: dict[str, Any] = {
        name: (field.rebuild_annotation(), field)
        for name, field in command.model_fields.items()
        if name not in (ACTOR, *known)
    }
    if by_representative:
        fields[ON_BEHALF] = (OnBehalf | None, None)
    base = with_example(example_of(command.__name__))
    return create_model(f"{command.__name__}Body", __base__=base, __doc__=command.__doc__, **fields)


def with_example(example: dict[str, Any]) -> type[Model]:
    """A base whose models show an example in the OpenAPI description."""

    class Shown(Model):
        """Shows an example."""

        model_config = ConfigDict(json_schema_extra={"examples": [example]})

    return Shown


def command_of(command: type[Model], body: Model, actor: Actor, **known: Any) -> Any:
    """The command that the body and the address say, done by ``actor``.  Raises ValidationError."""
    said = {name: getattr(body, name) for name in type(body).model_fields if name != ON_BEHALF}
    return command.model_validate(said | known | {ACTOR: actor})


def on_behalf_of(body: Model) -> OnBehalf | None:
    """The mandate under which it is said, if any."""
    return getattr(body, ON_BEHALF, None)


def party_of(command: Any) -> str | None:
    """The party that an act is about; ``None``: the applicant."""
    for said in (command, *(getattr(command, name, None) for name in ("choice", "evidence", "origin"))):
        party: str | None = getattr(said, "party_id", None)
        if party is not None:
            return party
    return None
