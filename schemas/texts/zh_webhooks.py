"""中文文本: what owners of webhooks are told, by stable code."""

from __future__ import annotations

PROBLEMS: dict[str, str] = {
    "no_such_webhook": "没有此订阅",
    "too_many_webhooks": "订阅数已达上限，请先删除不用的",
    "url_malformed": "不是合规的 URL（不得含用户名、片段、空格）",
    "https_only": "只接受 https 地址",
    "address_not_allowed": "此地址不在公网，也不在县里允许的网段内",
    "unknown_event": "没有此事件；可用的见 GET /event-types",
    "from_after_to": "first 不得大于 last",
}
