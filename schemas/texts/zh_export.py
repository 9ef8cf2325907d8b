"""中文文本 of what an export holds for reading: names of files, sheets and columns."""

from __future__ import annotations

WITHHELD = "files/withheld.ndjson"
"""Digests of the files left out, with case and reason."""
TABLE, WORKBOOK, XES, OCEL = "事件.csv", "台账.xlsx", "事件.xes", "事件.jsonocel"

EVENT_COLUMNS = (
    "办件编号",
    "事件流",
    "流内序号",
    "日志序号",
    "时间（UTC）",
    "事件代码",
    "事件",
    "操作主体类别",
    "操作主体",
    "部门",
    "备注",
)
REPLACED = "重置后不再有效"

CASES, EVENTS, EVIDENCE, CLOCKS, NOTES = "办件", "事件", "证明材料与路径", "时限", "说明"
SHEETS: dict[str, tuple[str, ...]] = {
    CASES: (
        "办件编号",
        "事项编码",
        "事项名称",
        "主管部门",
        "目录版本",
        "收件时间",
        "受理时间",
        "决定",
        "证明要求（项）",
        "免提交（项）",
        "不能免提交（项）",
        "事件（条）",
        "最近事件",
        "最近事件时间",
    ),
    EVENTS: EVENT_COLUMNS,
    EVIDENCE: ("办件编号", "证明要求", "材料", "结果", "路径", "依据", "所试来源", "文件摘要", "时间"),
    CLOCKS: ("办件编号", "待办", "环节", "责任人", "开始", "到期", "预计", "警示", "了结", "了结时间", "超期"),
    NOTES: ("说明",),
}
MORE = "{sheet}（{number}）"
"""A sheet that continues another: a sheet holds no more than 1,048,576 rows."""

SETTLED = {
    "requirement_settled": "免提交",
    "requirement_provisionally_settled": "先行免提交",
    "settlement_confirmed": "免提交",
    "requirement_not_exempted": "不能免提交",
    "requirement_reopened": "重新查验",
}
"""What an event makes of a requirement."""
OPEN, YES, PROVISIONAL = "查验中", "是", "暂定"

UNPROVED = """免证台账导出：{cases} 件办件 {events} 条事件，日志 {origin} 第 {size} 条为止。
本文件供阅读与分析，不含证明；需要可核验的材料时，请导出证明包（bundle）。
个人信息不在其中；证明材料只列文件摘要。时间为北京时间。"""
