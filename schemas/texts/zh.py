"""中文文本: everything staff and applicants read, by stable code."""

from __future__ import annotations

ROUTES: dict[str, str] = {
    "abolished": "直接取消",
    "elicence": "电子证照库",
    "data_sharing": "汇聚共享平台",
    "trusted_document": "可信电子文件库",
    "verification": "信息核验",
    "paper_first": "纸质先收后电子化",
    "commitment": "告知承诺",
    "deferred_supply": "容缺后补",
    "assistance": "帮办代办",
    "flexible_disposition": "灵活处置",
    "volunteered": "申请人自愿提交",
}

PLATFORMS: dict[str, str] = {
    "elicence_national": "国家电子证照库",
    "elicence_provincial": "省电子证照库",
    "data_sharing": "市汇聚共享平台",
    "trusted_documents": "可信电子文件库",
    "collaboration": "市一体化政务服务平台",
    "credit_provincial": "省信用平台",
    "credit_city": "市信用平台",
    "assistance": "市统一帮代办系统",
    "notification": "通知渠道",
}

ITEM_DOMAINS: dict[str, str] = {
    "general": "一般",
    "national_security": "国家安全",
    "state_secret": "国家秘密",
    "public_safety": "公共安全",
    "financial_prudence": "金融业审慎监管",
    "ecology": "生态环境保护",
    "life_and_property": "直接关系人身健康、生命财产安全",
    "foreign_affairs": "重要涉外",
}
CHECK_MODES: dict[str, str] = {"none": "免核", "sample": "抽查", "all": "全查"}
OVERDUE_EFFECTS: dict[str, str] = {"return": "退件", "terminate": "终止办理", "withdraw_acceptance": "撤销受理"}

STAGES: dict[str, str] = {
    "received": "收件",
    "refused": "收件不成立",
    "establishing": "查验中",
    "withdrawn": "申请人已撤回",
    "cancelled": "运维已终止",
    "handed_over": "查验完毕，已移交",
    "accepted": "已受理",
    "decided": "已决定，待补交容缺材料",
    "not_accepted": "不予受理",
    "terminated": "终止办理",
    "completed": "办结",
}

STANDINGS: dict[str, str] = {
    "open": "查验中",
    "settled": "免提交",
    "provisional": "先行免提交，核查中",
    "not_exempted": "不能免提交",
    "queried": "清单之外，已询司法局",
    "applicant_made": "申请人自备",
}

REASONS: dict[str, str] = {
    "taken": "已由公布文件取消，无须提供",
    "no_cancelling_act": "没有公布文件取消此证明",
    "cancelled_kind": "此类材料已取消",
    "unlisted": "不在保留的证明事项清单内，不得索要",
    "not_on_paper_exempt_list": "未列入免提交纸质证照清单",
    "on_paper_exempt_list": "已列入免提交纸质证照清单，从电子证照库调取",
    "no_source": "目录中没有可用的数据来源",
    "not_on_commitment_list": "未列入告知承诺制证明事项清单",
    "not_deferrable": "此材料未标为容缺后补",
    "holder_authorisation_missing": "未见持有人授权，不得查询其金融或健康信息",
    "not_yet_offered": "本系统尚未开通此路径",
    "left_out": "目录规定此证明要求不走此路径",
    "tried_hit": "已查得",
    "tried_no_record": "已查，无记录（无记录不等于事实不存在）",
    "tried_transient": "来源在限时内未能应答",
    "tried_quota": "来源访问量达上限，限时内未恢复",
    "tried_config": "来源拒绝调用（授权或参数问题），已告警运维",
    "tried_adverse": "查得不利记录，须由主管部门异常复核",
    "tried_mismatch": "来源所答与所问不符，须更正后再办",
    "tried_ambiguous": "查得多条有效记录，须由经办人择定",
    "tried_content_not_met": "查得记录但内容不符合要求，须由主管部门复核",
    "held_by_adverse": "查得不利记录，复核前不走其他路径",
    "held_by_mismatch": "来源所答不符，更正前不走其他路径",
    "held_by_ambiguous": "有多条有效记录，择定前不走其他路径",
    "held_by_content_not_met": "内容不符合要求，复核前不走其他路径",
    "not_reached": "前面的路径已办成，无须走到这里",
    "in_hand": "前面的路径尚未办完，正在查询或尚未轮到",
    "case_ended": "办件已结束，不再走此路径",
    "unlisted_query": "不在保留的证明事项清单内：不向申请人索要，已询司法局",
    "applicant_made": "申请人自行制作的材料，不属试点范围",
    "volunteered": "申请人已自愿提交，无须走到这里",
    "rising": "即将发起",
    "walking": "正在办理",
    "option": "申请人可选择",
    "proposal": "主管部门可提出处置意见",
    "not_chosen": "申请人未在期限内选择此路径",
    "refused_by_applicant": "申请人不选择此路径",
    "issuer_not_on_platform": "出具部门未接入一体化平台",
    "issuer_out_of_reach": "出具部门在省外或境外，平台无法送达",
    "commitment_domain_excluded": "事项属不适用告知承诺的领域",
    "commitment_terms_missing": "目录未公布此证明的告知承诺书",
    "commitment_predicate_false": "不符合告知承诺的适用条件",
    "deferral_terms_missing": "目录未公布此材料的容缺条件",
    "not_in_assistance_scope": "事项不在公布的帮办代办范围内",
    "no_cause": "未见省外或历史遗留的原因",
    "abroad_is_not_out_of_province": "境外材料不属省外材料",
    "tried_confirmed": "出具部门核验属实",
    "tried_refuted": "出具部门核验不属实，须由主管部门异常复核",
    "tried_no_answer": "出具部门未在期限内答复（不推定任何事实）",
    "tried_needs_more": "出具部门需补充信息",
    "tried_declined": "出具部门不予核验",
    "tried_request_not_on_platform": "出具部门未接入一体化平台",
    "tried_request_refused": "平台拒收，已告知运维",
    "tried_request_unavailable": "平台在限时内未恢复",
    "tried_provisional": "已先行免提交，核查中",
    "tried_settled_otherwise": "已由其他路径办成",
    "tried_application_ended": "办件已结束",
    "tried_revoked": "申请人已撤回",
    "tried_closed": "此路径已结束",
}


def reason(code: str) -> str:
    """The text of a reason code; for one without a text, the code itself."""
    return REASONS.get(code, code)


ACT_ERRORS: dict[str, str] = {
    "wrong_actor": "系统自身不能代申请人作出此行为",
    "wrong_department": "经办部门既非主管部门也非收件部门",
    "command_id_reused": "此行为编号已用于另一行为",
    "case_ended": "办件已办结，不能再改变结果",
    "not_admitted": "办件尚未受理登记，请稍后再试",
    "unknown_requirement": "本案没有此证明要求",
    "not_a_party": "不是本案当事人",
    "wrong_evidence": "该证明要求不接受此类材料",
    "already_settled": "该证明要求已经免提交，材料请退还申请人",
    "applicant_made": "申请人自备材料不在此处提交",
    "not_asked": "此材料已取消或不在清单内，不收取，请退还申请人",
    "wrong_request": "答复的编号不是本次请求",
    "wrong_department_replied": "未向该部门征询，其答复不予采用",
    "unknown_verdict": "答复用语不在约定范围内",
    "reason_missing": "此答复须说明理由",
    "already_answered": "此前已有答复，不得更改",
    "conversation_ended": "此次征询已结束",
    "no_open_check": "没有待办的核查",
    "not_a_supervisor": "只有督办人员可以作出此行为",
    "unknown_assignment": "没有此待办",
    "assignment_closed": "此待办已办结",
    "recipients_missing": "须写明改派的岗位",
    "alarm_not_raised": "此预警未曾发出",
    "alarm_annulled_already": "此预警已撤销",
    "not_his_choice": "此路径不由申请人选择",
    "letter_version_superseded": "告知承诺书的版本已更新，请按现行版本重新签署",
    "signed_in_future": "签署时间在将来",
    "already_decided": "已作出决定",
    "no_commitment": "没有可撤回的告知承诺",
    "proxy_without_authorisation": "代理签署须有授权书",
    "nothing_owed": "没有容缺待补的材料",
    "window_only": "须由受理窗口发起",
    "already_accepted": "已受理，不再转帮办代办",
    "no_assistance": "没有进行中的帮办代办",
    "other_routes_open": "信息核验或告知承诺仍可办理，不得灵活处置",
    "substitute_missing": "以其他材料替代须写明替代材料",
    "condition_missing": "附条件须写明条件和期限",
    "in_hand": "正在查询或尚未轮到此路径，请稍后再试",
    "already_accepted_stage": "已受理",
    "not_accepted_yet": "尚未受理",
    "requirements_open": "仍有证明要求未办完",
    "still_lacking": "仍有材料未补齐",
    "notice_issued_already": "一次性告知已发出，不得再次告知",
    "nothing_lacking": "没有需要补正的材料",
    "already_extended": "已延长过一次",
    "head_must_decide": "延长须由负责人决定，不得由申请延长的人自行决定",
    "extension_too_long": "延长不得超过法定上限",
    "no_such_clock": "此时限尚未开始计算",
    "clock_stands_still": "时限已在扣除中",
    "clock_runs": "时限没有在扣除",
    "long_routes_not_offered": "本办件登记时尚未开通此路径",
    "out_of_time": "时间早于收件或在将来",
    "wrong_cause": "终止原因与申请人身份不符",
}

NOTICE_HEAD = "办件 {application_no}（{item}）经数据共享仍缺下列材料，请于接到本告知后一次补齐："
NOTICE_LINE = "{index}. {whose}的{names}"
NOTICE_OR = "或"
NOTICE_FOOT = (
    "以上为一次性告知的全部内容。材料可在线提交或交本窗口，不需前往其他单位开具或核对。"
    "本告知应于 {due} 前发出{provisional}。"
)
NOTICE_PROVISIONAL = "（工作日历尚未公布至该日，日期待复算）"
NOTICE_HELD = "另有 {count} 项由主管部门复核，暂不需申请人补交：{names}。"

SUMMARY_START = "{item} · {application_no}"
DETAILS_START = (
    "事项：{item}\n\n事项编码：{item_code}\n\n办理方式：{mode}\n\n"
    "状态以查询 `status` 为准；各证明走哪条路径、为何，见查询 `explain`"
)
MODES: dict[str, str] = {"interactive": "窗口当场", "background": "后台"}
SUMMARY_ADMIT = "登记 · 固定目录版本"
SUMMARY_APPEND = "记入台账 · {count} 条"
SUMMARY_ASK = "调取 {platform} · {names}"
SUMMARY_WAIT = "调取 {platform} · {names} · 来源未应答，限 {until} · 逾期转下一路径"
CURRENT_ASKING = (
    "等：{platform} 应答\n\n轮到：外部平台\n\n起：{since} · 限：{until}\n\n解除：平台恢复，或到限后自动转下一路径"
)
CURRENT_STAGE = "阶段：{stage}\n\n待查验 {open} 项，已免提交 {settled} 项，不能免提交 {not_exempted} 项"
STUCK_PLATFORM = "平台未应答:{platform}"

EVENTS: dict[str, str] = {
    "application_received": "收件",
    "application_refused": "收件不成立",
    "application_admitted": "登记开案",
    "attempt_made": "查询来源",
    "attempt_closed": "查询不再需要，已关闭",
    "evidence_volunteered": "申请人自愿提交",
    "requirement_settled": "免提交",
    "requirement_not_exempted": "不能免提交",
    "unlisted_evidence_queried": "清单之外，询司法局",
    "application_withdrawn": "撤回申请",
    "application_cancelled": "运维终止办件",
    "act_refused": "行为未获接受",
    "application_handed_over": "移交结果",
}

OUTCOMES: dict[str, str] = {
    "hit": "查得",
    "no_record": "无记录",
    "adverse": "不利记录",
    "mismatch": "所答不符",
    "ambiguous": "多条有效",
    "content_not_met": "内容不符",
    "transient": "未应答",
    "quota": "达访问上限",
    "config": "拒绝调用",
}

# --- long routes -----------------------------------------------------------------------------------------------------

COLOURS: dict[str, str] = {"blue": "蓝牌", "orange": "橙牌", "red": "红牌"}
RUNGS: dict[str, str] = {"reminder": "提醒", "blue": "蓝牌督办", "orange": "橙牌督办", "red": "红牌督办"}
WAITING = "等 {who} {task} · 限 {until} · {then}"
LISTENING = "已转下一路径，仍收 {who} 迟到的答复"
SOME_DEPARTMENT = "出具部门"
SUMMARY_SEND = "发往一体化平台 · {evidence}"
SUMMARY_WITHDRAW = "撤回一体化平台上的请求"
SUMMARY_TELL = "通知 {who}"
SUMMARY_CALENDAR = "重读工作日历"
SUMMARY_WATCH = "定期再查 {platform} · {names}"
NOTIFICATION_TITLES: dict[str, str] = {
    "task": "待办：办件 {number}",
    "reminder": "即将到期：办件 {number}",
    "blue": "【蓝牌】办件 {number} 到期未办",
    "orange": "【橙牌】办件 {number} 逾期",
    "red": "【红牌】办件 {number} 严重逾期",
}
NOTIFICATION_TEXT = "办件 {number}：请 {task}，期限 {until}。逾期后：{then}。"

BASIS_PAPER = "申请人持有的纸质材料，先行受理并送出具部门核验"
VERIFICATION_QUESTION = "因办理「{item}」，请核验当事人的「{evidence}」所载事实，并通过平台答复。申请人不再提交该证明。"
VERIFICATION_BASIS = "{department}核验答复：{verdict}"
VERDICTS: dict[str, str] = {
    "confirmed": "属实",
    "refuted": "不属实",
    "no_record": "查无记录",
    "needs_more": "需补充信息",
    "declined": "不予核验",
    "no_answer": "未在期限内答复",
    "request_not_on_platform": "出具部门未接入平台",
    "request_refused": "平台拒收",
    "request_unavailable": "平台未恢复",
}
SUMMARY_ROUTE = "{route} · {evidence} · {number}"
DETAILS_ROUTE = "办件：{number}\n\n事项：{item}\n\n主管部门：{department}\n\n路径：{route} · {evidence}"
TASK_NOTICE = "发出一次性补正告知，或作出受理"
THEN_DEEMED = "逾期视为受理"
THEN_ALARM = "逾期督办"
TASK_CHOICE = "就「{evidence}」选择办理方式：{options}"
THEN_WITHOUT_HIM = "未选择则转下一步，不作推定"
TASK_SUPPLEMENT = "按一次性告知补交材料"
THEN_SUPPLEMENT = "逾期由主管部门处理"
TASK_ACCEPTANCE = "作出受理或不予受理"
TASK_DECISION = "作出决定"
TASK_PROPOSAL = "就「{evidence}」提出处置意见"
THEN_NOT_EXEMPTED = "未提出则一次性告知申请人"
APPLICANT = "申请人"
BASIS_LAPSED = "逾期未补交"
CURRENT_PEOPLE = "等：{task}\n\n轮到：{who}\n\n起：{since} · 限：{until}\n\n解除：{unblocks}"
TASK_VERIFICATION = "核验「{evidence}」"
TASK_LATE_CHECK = "核查决定后收到的「{evidence}」答复"
THEN_NEXT_ROUTE = "逾期转下一路径"
THEN_NOTHING_CHANGES = "不改变决定"
WITHDRAWN: dict[str, str] = {
    "settled_otherwise": "已由其他路径办成",
    "application_ended": "办件已结束",
    "revoked": "申请人已撤回",
}
