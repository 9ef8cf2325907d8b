"""What is said when something is not taken: ``application/problem+json`` (RFC 9457), with a stable code."""

from __future__ import annotations

from starlette.responses import JSONResponse

from schemas.errors import FieldError


class ProblemResponse(JSONResponse):
    """A problem in JSON."""

    media_type = "application/problem+json"


def problem(status: int, code: str, title: str, errors: tuple[FieldError, ...] = ()) -> ProblemResponse:
    """One problem; ``errors`` names the fields, or what an act was refused for."""
    content: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "code": code}
    if errors:
        content["errors"] = [error.model_dump(mode="json") for error in errors]
    return ProblemResponse(content, status_code=status)
