"""统计的中文名称: what figures, groupings and rows are called, each once; docs/statistics.md says what they mean."""

from __future__ import annotations

BY: dict[str, str] = {
    "department": "部门",
    "township": "乡镇",
    "item": "事项",
    "route": "办理路径",
    "evidence": "证明材料",
    "month": "月份",
}
NOBODY: dict[str, str] = {
    "department": "未定部门",
    "township": "未分乡镇",
    "item": "未定事项",
    "route": "不分路径",
    "evidence": "不分材料",
    "month": "",
}
"""The row of what nobody said, or of what is not told apart in this way."""
NO_ISSUER = "未定出具单位"
WHOLE = "合计"

GROUPS: dict[str, str] = {
    "cases": "办件",
    "evidence": "证明要求",
    "lookups": "数据查询",
    "verification": "信息核验",
    "commitments": "告知承诺",
    "deferrals": "容缺后补",
    "papers": "纸质先收",
    "assistance": "帮办代办",
    "dispositions": "灵活处置",
    "colours": "督办颜色",
    "aggregation": "当日归集",
    "complaints": "投诉",
}
FIGURES: dict[str, str] = {
    "cases.received": "收件",
    "cases.accepted": "受理",
    "cases.decided": "决定",
    "cases.ended": "办结或终了",
    "evidence.concluded": "已有结论的证明要求",
    "evidence.exempted": "免提交",
    "evidence.exempted_rate": "免提交率",
    "evidence.exempted_by_route": "免提交（按办理路径）",
    "evidence.exempted_by_way": "免提交（按实现方式）",
    "evidence.commitment": "以告知承诺替代",
    "evidence.deferred": "容缺后补已补",
    "evidence.paper": "纸质先收已核",
    "evidence.provisional": "先行免提交",
    "evidence.provisional_by_route": "先行免提交（按办理路径）",
    "evidence.not_exempted": "不能免提交",
    "evidence.pending": "尚无结论",
    "evidence.applicant_made": "申请人自备",
    "evidence.volunteered": "自愿提交",
    "evidence.abolished": "直接取消",
    "evidence.unlisted": "清单之外",
    "evidence.dropped": "办件先行终了",
    "lookups.asked": "查询次数",
    "lookups.hit": "命中",
    "lookups.no_record": "无记录",
    "lookups.for_a_person": "须人工复核",
    "lookups.unavailable": "未应答",
    "lookups.refused": "拒绝调用",
    "lookups.hit_rate": "命中率",
    "verification.received": "收到核验",
    "verification.on_time": "按时答复",
    "verification.overdue": "逾期",
    "verification.silent": "逾期未答",
    "verification.pending": "未到期",
    "verification.withdrawn": "到期前撤回",
    "verification.undelivered": "未送达",
    "verification.on_time_rate": "按时率",
    "verification.median_hours": "答复中位时长（小时）",
    "commitments.signed": "签署",
    "commitments.checked": "核查",
    "commitments.broken": "核查不实",
    "deferrals.opened": "准予容缺",
    "deferrals.cured": "按期补交",
    "deferrals.expired": "逾期未补",
    "papers.opened": "收下纸质",
    "papers.backfilled": "已补录",
    "papers.cannot_backfill": "不能补录",
    "papers.false": "核验不实",
    "assistance.opened": "转入",
    "assistance.obtained": "取得转出",
    "assistance.not_obtained": "未取得转出",
    "assistance.called_off": "撤销",
    "dispositions.opened": "提出处置意见",
    "dispositions.decided": "作出决定",
    "dispositions.median_days": "办理中位天数",
    "colours.blue": "蓝",
    "colours.orange": "橙",
    "colours.red": "红",
    "colours.annulled": "其中误报撤销",
    "aggregation.owed": "应归集",
    "aggregation.same_day": "当日归集",
    "aggregation.rate": "当日归集率",
    "complaints": "被要求自行开证的投诉",
}
"""By path in ``schemas.statistics.Figures``."""
WAYS: dict[str, str] = {
    "cancellation": "直接取消",
    "data_sharing": "数据共享",
    "collaboration": "部门协同",
    "service": "优化服务",
}
"""四种实现方式 (``schemas.codes.Implementation``)."""

UNREADABLE = "另有 {count} 件的事件不能读出，未计入（见 statistics.unreadable），请告知运维"
NOT_COUNTED_YET = "统计尚未读到日志第 {as_of} 条"
NOTHING = "此期间没有可统计的事"
NO_GAPS = "此期间没有堵点"
STATISTICS = "{by}统计 {first} 至 {last}（截至日志第 {as_of} 条，口径第 {definitions} 版）"
GAPS = "堵点清单 {first} 至 {last}（截至日志第 {as_of} 条，口径第 {definitions} 版）"
