"""What is said when something is not taken: ``application/problem+json`` (RFC 9457), with a stable code."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse

from schemas.errors import FieldError
from schemas.texts import zh_door


class ProblemResponse(JSONResponse):
    """A problem in JSON."""

    media_type = "application/problem+json"


class Refused(Exception):
    """Raised anywhere behind the door to say no; the application answers with ``response()``.

    ``code`` is stable; the Chinese ``title`` is that of the code unless given.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str | None = None,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.title = zh_door.PROBLEMS[code] if title is None else title
        self.errors = errors
        self.headers = dict(headers or {})

    def response(self) -> ProblemResponse:
        """The answer."""
        answer = problem(self.status, self.code, self.title, self.errors)
        answer.headers.update(self.headers)
        return answer


def problem(status: int, code: str, title: str, errors: tuple[FieldError, ...] = ()) -> ProblemResponse:
    """One problem; ``errors`` names the fields, or what an act was refused for."""
    content: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "code": code}
    if errors:
        content["errors"] = [error.model_dump(mode="json") for error in errors]
    return ProblemResponse(content, status_code=status)
