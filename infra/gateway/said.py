"""What every endpoint says of itself in the OpenAPI description: both languages, and the problems it may answer."""

from __future__ import annotations

from typing import Any

from schemas.base import Model
from schemas.errors import FieldError


class Problem(Model):
    """RFC 9457.  ``code`` is stable; ``errors`` names the fields, or what an act was refused for."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    errors: tuple[FieldError, ...] = ()


_SAID = {
    400: "请求无法读取。Not readable.",
    401: "没有有效的访问令牌。No valid token.",
    403: "无权。Not allowed.",
    404: "没有，或不可见：二者不作区分。Not there, or not visible: the same answer.",
    408: "请求体没有送完。The body did not go on.",
    409: "与已有的不一致，或此行为未获接受。Differs from what stands, or the act was refused on record.",
    413: "请求体过大。Too large.",
    415: "内容类型不接受。Media type not taken.",
    422: "内容有误，逐项指出字段。Wrong, field by field.",
    429: "过于频繁。Too many requests.",
    503: "暂时不能办理。Not now; try again.",
}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": said,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, said in _SAID.items()
}


def both(zh: str, en: str, more: str = "") -> dict[str, Any]:
    """Summary and description of an endpoint, in Chinese and English."""
    return {"summary": f"{zh} · {en}", "description": more or f"{zh}。{en}."}
