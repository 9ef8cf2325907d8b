"""What the body of an act looks like: the command without its actor, for who acts is what the token says."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import create_model

from schemas.application import Actor
from schemas.base import Model

ACTOR = "actor"


@cache
def body_of(command: type[Model]) -> type[Model]:
    """The model of the body, under the name of the command."""
    fields: dict[str, Any] = {
        name: (field.rebuild_annotation(), field) for name, field in command.model_fields.items() if name != ACTOR
    }
    return create_model(f"{command.__name__}Body", __base__=Model, __doc__=command.__doc__, **fields)


def command_of(command: type[Model], body: Model, actor: Actor) -> Model:
    """The command that the body says, done by ``actor``.  Raises ValidationError."""
    said = {name: getattr(body, name) for name in type(body).model_fields}
    return command.model_validate(said | {ACTOR: actor})
