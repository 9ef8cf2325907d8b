"""中文文本: erasing persons, holds and purges, by stable code."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "already_erased": "该当事人已经清除",
    "unknown_subject": "台账中没有该当事人的任何办件",
    "case_open": "办件尚未办结",
    "deferral_owed": "容缺后补的材料尚未补交",
    "opinion_open": "所征求的意见尚未收到",
    "commitment_under_check": "告知承诺尚在核查",
    "paper_under_check": "纸质材料尚在核验或补录",
    "follow_up_open": "灵活处置尚在跟进",
    "completion_open": "证照补齐尚未完成",
    "conversation_open": "核验、复核、征求意见或帮代办尚未结束",
    "task_open": "尚有未办结的待办",
    "unreadable": "该办件的台账无法解读，不得清除",
    "retention_runs": "办件档案仍在保管期内，至 {until} 届满",
    "hold": "在留存令之下（{detail}）",
    "not_ordered": "没有待确认的清除令，须先由一人登记",
    "same_person": "确认人须是登记清除令之外的另一人",
}
GROUNDS: dict[str, str] = {
    "reconsideration": "行政复议",
    "litigation": "诉讼",
    "inspection": "监察、审计或检查",
    "other": "其他",
}
PURGES: dict[str, str] = {
    "access_record": "查阅记录",
    "deliveries": "对外事件的发送记录",
    "inbox": "平台消息的内容",
}
REFUSED = "不予清除（已记入台账）："
ORDERED = (
    "已登记清除令 {order}。须由另一人以同一文号加 --confirm 确认后才会销毁。\n"
    "销毁不可恢复；备份中的密钥随备份到期而消失；Temporal 的历史（已加密）最迟至 {until} 消失。"
)
ERASED = (
    "已清除 {subject}（{order}）：密钥已销毁，证据文件已删除 {files} 个；全部凭证仍可核验。\n"
    "Temporal 的历史（已加密）最迟至 {until} 消失；各进程内存中的密钥至多再留 60 秒，不能再写入。"
)
UNKNOWN_WINDOW = "（未能询问 Temporal，以其命名空间的保留期为准）"
ERASED_MARK = "已清除"
NOTHING_TO_PURGE = "{what}：没有到期的"
PURGED = "{what}：已清理 {before} 之前的 {count} 条；已记入台账，摘要 {digest}"
HOLD_REFUSED: dict[str, str] = {
    "one_scope": "须且只须写明一件办件或一个假名",
    "taken": "该编号已用于另一留存令",
    "unknown": "没有此编号的留存令",
}
BEHIND = "使用记录尚未读完台账，稍后再试（中继未运行时：mianzheng projections rebuild uses）"
