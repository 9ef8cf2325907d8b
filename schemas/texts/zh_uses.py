"""中文文本: whose data was used, and how."""

from __future__ import annotations

KINDS: dict[str, str] = {
    "taken_in": "登记为当事人",
    "lookup": "查询来源",
    "credit_check": "查询信用",
    "asked": "请部门或帮代办员办理",
    "evidence_used": "作为免提交依据",
    "given": "当事人提交",
    "trail": "调阅台账",
    "explain": "查看办理路径",
    "export": "导出",
    "decode": "解码（遮盖）",
    "unmask": "解码（显示个人信息）",
    "search": "搜索到",
    "erasure": "确认清除",
    "access_record": "查询使用情况",
}
BEHIND = "截至台账第 {position} 条；其后的正在整理"
