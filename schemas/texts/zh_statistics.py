"""统计的中文名称: what figures and rows are called."""

from __future__ import annotations

NOBODY: dict[str, str] = {
    "department": "未定部门",
    "township": "未分乡镇",
    "item": "未定事项",
    "route": "不分路径",
    "evidence": "不分材料",
}
"""The row of what nobody said, or of what is not told apart in this way."""
NO_ISSUER = "未定出具单位"
