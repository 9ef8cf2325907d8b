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
    "counting": "不利答复已更正，原承诺或纸质材料继续有效",
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
    "tried_backfilled": "纸质材料所载事实已可在库中查得",
    "tried_issuer_cannot_backfill": "纸质材料核验属实，出具部门不能补录",
    "tried_issuer_out_of_province": "纸质材料核验属实，出具单位在省外或境外，不负补录之责",
    "tried_paper_false": "纸质材料核验不属实，须由主管部门异常复核",
    "tried_provisional": "已先行免提交，核查中",
    "tried_settled_otherwise": "已由其他路径办成",
    "tried_application_ended": "办件已结束",
    "tried_revoked": "申请人已撤回",
    "tried_closed": "此路径已结束",
    "tried_obtained": "帮代办员已取得",
    "tried_terminated": "帮办代办已终止",
    "tried_not_obtained": "帮办代办未在期限内取得",
    "tried_signed_by_proxy": "承诺书由代理人签署，不得代为承诺",
    "tried_signer_not_himself": "承诺书不是承诺人本人签署",
    "tried_signer_not_guardian": "承诺书不是法定监护人签署",
    "tried_company_signs_by_seal": "单位的承诺书未加盖公章，也不是法定代表人签署",
    "tried_person_has_no_seal": "自然人的承诺书不是本人或法定监护人签署",
    "tried_signer_not_legal_representative": "承诺书不是法定代表人签署",
    "tried_credit_serious": "有未修复的严重失信记录",
    "tried_credit_false_commitment": "有未修复的虚假承诺记录",
    "tried_credit_unavailable": "信用平台在限时内未能应答（未应答不等于信用良好）",
    "tried_commitment_unchecked": "已签署告知承诺书，按公布的条件免于核查",
    "tried_commitment_fulfilled": "告知承诺经核查属实",
    "tried_commitment_cleared": "经听取陈述申辩，告知承诺属实",
    "tried_commitment_broken": "告知承诺经核查不实",
    "tried_deferred_supplied": "容缺的材料已补交",
    "tried_exempted": "灵活处置：准予免交",
    "tried_substituted": "灵活处置：以其他材料替代",
    "tried_conditional": "灵活处置：附条件免交，条件待履行",
    "tried_condition_met": "灵活处置所附条件已履行",
    "tried_condition_lapsed": "灵活处置所附条件逾期未履行",
    "tried_own_inquiry": "灵活处置：主管部门自行调查核实属实",
    "tried_inquiry_not_established": "灵活处置：主管部门自行调查未能核实",
    "tried_not_exempted": "灵活处置：不予免交（理由已载明）",
    "tried_bodies_missing": "目录未载明管委会、审改办或司法局，不能会商",
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
    "not_of_the_office": "此待办不归您所在的单位办理",
    "claimed_by_another": "此待办已由他人认领",
    "claimed_already": "您已认领此待办",
    "not_claimed": "此待办无人认领",
    "handed_over_to_oneself": "不能移交给本人",
    "deciding_or_committee": "只有办件的主管部门或管委会可以作出此行为",
    "working_days_of_extension": "延长须写明工作日数，其他干预不写",
    "no_such_proposal": "没有待确认的此项提议，或已被后来的提议取代",
    "confirmer_is_proposer": "提议人不得自行确认，须由另一人确认",
    "step_not_overridden": "此环节不得如此干预：异常复核、当事人同意、部门意见、法定期限均不得越过",
    "task_held": "此环节正在中止，续办后方可干预",
    "never_given_up": "此待办没有到期自行放弃的时刻，不能转下一路径",
    "alarm_not_raised": "此预警未曾发出",
    "alarm_annulled_already": "此预警已撤销",
    "asks_itself": "不得向本部门征求意见",
    "stage_asked_already": "此环节已征求过意见",
    "opinion_outstanding": "征求的部门意见尚未答复且未到期限",
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
    "assistance_called_off": "申请人已撤回委托，或已不需代办",
    "step_cannot_follow": "此步骤不能接在目前的进度之后",
    "helper_missing": "须写明帮代办员的工号",
    "digest_missing": "须附所取得材料的摘要",
    "carried_by_platform": "此单由市统一帮代办系统办理，进度由该系统报送",
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
    "not_the_issuer": "不是出具部门，不得说明不能补录或补齐",
    "nothing_to_backfill": "尚无待补录的材料",
    "wrong_cause": "终止原因与申请人身份不符",
    "signed_by_proxy": "告知承诺不得代理签署",
    "signer_not_himself": "本人签署须由承诺人自己签署",
    "signer_not_guardian": "代为签署的不是本案的法定监护人",
    "company_signs_by_seal": "单位的承诺须加盖公章或由法定代表人签署",
    "person_has_no_seal": "自然人的承诺须由本人或法定监护人签署",
    "signer_not_legal_representative": "签署人不是本案的法定代表人",
    "commitment_not_counted": "承诺尚未生效或已撤回，不能核查",
    "commitment_checked_already": "核查结果已记录，不得更改",
    "commitment_ended": "此告知承诺已了结",
    "commitment_not_broken": "未认定承诺不实",
    "heard_already": "陈述申辩已记录",
    "absent_cannot_clear": "当事人未到场，不能据此认定承诺属实",
    "not_heard_yet": "须先听取当事人的陈述申辩",
    "checker_cannot_decide": "记录核查结果的人不得作出处理决定",
    "consequence_not_in_terms": "处理方式不在公布的告知承诺书之内",
    "consequence_decided_already": "处理决定已作出",
    "nothing_to_rectify": "没有待整改的事项",
    "no_consequence_yet": "尚未作出处理决定",
    "credit_recorded_already": "失信记录已报送",
    "document_not_effective": "法律文书尚未生效，不得记入信用记录",
    "no_credit_record": "没有已报送的失信记录",
    "conditions_missing": "附条件同意须写明条件",
    "identity_number_in_text": "文字中含有公民身份号码，请去除后重新答复",
    "unit_missing": "须写明作出意见的内设机构，以便与提出处置意见的机构相区分",
    "person_missing": "须写明作出意见的人员编号，以便与提出处置意见的人员相区分",
    "same_unit": "该内设机构已在本事项中承担另一角色，不得兼任",
    "same_person": "该人员已在本事项中承担另一角色，不得兼任",
    "recused_person": "该人员已回避",
    "recused_already": "该人员此前已回避",
    "asker_only": "只有征求意见的单位可以结束此次征求",
    "committee_only": "须由县行政服务中心管委会作出",
    "deciding_department_only": "须由主管部门作出",
    "disposition_ended": "此次灵活处置已结束",
    "not_consulted_yet": "须先会商审改、司法部门（已答复或期限已过），再作出办件处理意见",
    "already_concluded": "已作出办件处理意见",
    "facts_awaited": "已退回主管部门补充事实，补充后再作处理",
    "ends_before_it_begins": "终止日期早于生效日期",
    "no_facts_asked": "未要求补充事实",
    "not_concluded_yet": "管委会尚未作出办件处理意见",
    "proposer_never_decides": "提出处置意见的人不得作出决定",
    "no_inquiry": "没有待完成的自行调查",
    "no_condition": "没有待履行的条件，或其期限已过",
    "no_part_in_it": "该人员不属管委会或主管部门",
    "part_is_done": "所涉环节已完成，不再回避",
    "review_over": "此次异常复核已结束",
    "applicant_not_heard": "作出不予免交的结论前须听取申请人意见",
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

SUMMARY_START = "办件 {application_no} · {item}"
DETAILS_START = (
    "事项：{item}\n\n事项编码：{item_code}\n\n办理方式：{mode}\n\n"
    "状态以查询 `status` 为准；各证明走哪条路径、为何，见查询 `explain`"
)
MODES: dict[str, str] = {"interactive": "窗口当场", "background": "后台"}
SUMMARY_ADMIT = "登记 · 固定目录版本"
SUMMARY_APPEND = "记入台账 · {count} 条"
SUMMARY_ASK = "调取 {platform} · {names}"
SUMMARY_WAIT = "调取 {platform} · {names} · 来源未应答，限 {until} · 逾期转下一路径"
CURRENT_STAGE = "阶段：{stage}\n\n待查验 {open} 项，已免提交 {settled} 项，不能免提交 {not_exempted} 项"
STUCK_PLATFORM = "平台未应答:{platform}"
STUCK_LEDGER = "台账未写入"

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
    "assignment_opened": "交办",
    "rung_fired": "提醒督办",
    "escalation_delivered": "已通知到岗位",
    "escalation_failed": "未能通知到人",
    "alarm_annulled": "撤销误报",
    "assignment_reassigned": "改派",
    "due_changed": "期限变更",
    "assignment_held": "环节中止",
    "assignment_closed": "待办了结",
    "assignment_claimed": "认领",
    "assignment_released": "放回",
    "assignment_handed_over": "移交",
    "assignment_reminded": "催办",
    "retry_asked": "要求立即重试",
    "override_proposed": "提议干预",
    "override_confirmed": "确认干预",
    "route_opened": "进入路径",
    "route_reported": "路径回报",
    "route_closed": "路径撤回",
    "requirement_provisionally_settled": "先行免提交",
    "settlement_confirmed": "免提交确认",
    "requirement_reopened": "重新查验",
    "choice_made": "申请人选择",
    "origin_declared": "说明事实来源地",
    "review_opened": "转异常复核",
    "review_reported": "复核回报",
    "completion_joined": "转证照补齐",
    "completion_reported": "证照补齐回报",
    "proof_requested": "申请人要求取得证明",
    "stage_opinion_asked": "征求部门意见",
    "stage_opinion_heard": "部门意见回报",
    "stage_opinion_closed": "办件结束，不再征求意见",
    "notice_issued": "一次性补正告知",
    "application_accepted": "受理",
    "acceptance_refused": "不予受理",
    "clock_started": "时限起算",
    "clock_extended": "时限延长",
    "clock_suspended": "时限停止计算",
    "clock_resumed": "时限恢复计算",
    "deferral_signed": "签署容缺受理承诺书",
    "deferral_granted": "容缺受理",
    "deferred_supplied": "容缺材料补齐",
    "deferral_lapsed": "容缺逾期",
    "decision_reported": "决定",
    "result_released": "结果可以送达",
    "application_terminated": "终止办理",
    "application_completed": "办结",
    "request_delivered": "请求已送达平台",
    "request_undelivered": "请求未能送达",
    "request_withdrawn": "请求已撤回",
    "report_undelivered": "办件已结束，回报未送达",
    "news_heard": "获知办件情况",
    "check_closed": "核查办结",
    "verification_opened": "发起信息核验",
    "verification_answered": "核验答复",
    "verification_lapsed": "核验逾期未答复",
    "verification_ended": "信息核验结束",
    "assistance_opened": "帮办代办受理",
    "helper_assigned": "指派帮代办员",
    "assistance_progressed": "帮办代办进展",
    "assistance_suspended": "帮办代办中止",
    "assistance_resumed": "帮办代办续办",
    "assistance_finished": "帮办代办办结",
    "assistance_terminated": "帮办代办终止",
    "assistance_lapsed": "帮办代办逾期未取得",
    "assistance_ended": "帮办代办结束",
    "case_joined": "办件加入",
    "case_told": "已告知办件",
    "library_answered": "自行查库",
    "digitisation_opened": "纸质材料送核",
    "paper_answered": "出具部门答复纸质材料核验",
    "paper_checked": "主管部门自行核对纸质材料",
    "backfill_impossible": "不能补录",
    "digitisation_ended": "纸质材料电子化办结",
    "completion_opened": "证照补齐发起",
    "completion_answered": "出具部门答复补齐请求",
    "completion_impossible": "不能补齐",
    "completion_ended": "证照补齐办结",
    "credit_checked": "查询信用",
    "complaint_recorded": "登记投诉（被要求自行开具证明）",
    "looks_recorded": "登记查阅",
    "hold_placed": "登记留存令",
    "hold_released": "解除留存令",
    "erasure_ordered": "登记清除令",
    "erasure_refused": "不予清除",
    "erasure_begun": "确认清除，开始销毁",
    "subject_erased": "已清除当事人",
    "purged": "到期清理",
    "submission_received": "部门报送推进情况",
    "report_issued": "编制报告",
    "report_sent": "报告送达",
    "commitment_opened": "签署告知承诺书",
    "commitment_counted": "告知承诺生效",
    "commitment_sampled": "抽查抽样",
    "commitment_asked": "开始核查承诺",
    "commitment_answered": "出具部门答复核查",
    "commitment_checked": "承诺核查结果",
    "commitment_heard": "听取陈述申辩",
    "consequence_decided": "对不实承诺作出处理",
    "rectification_confirmed": "确认整改完成",
    "credit_record_ordered": "报送失信记录",
    "credit_repaired": "信用修复",
    "commitment_ended": "告知承诺了结",
    "consultation_opened": "发起意见征集",
    "opinion_given": "部门意见",
    "opinion_lapsed": "逾期未提意见（既非同意，也非反对）",
    "consultation_called_over": "征求单位结束征求",
    "consultation_ended": "意见征集结束",
    "person_recused": "回避",
    "disposition_proposed": "提出处置意见",
    "consultation_asked": "会商部门",
    "opinion_heard": "收到会商意见",
    "proposal_returned": "退回补充事实",
    "facts_supplied": "补充事实",
    "disposition_concluded": "管委会办件处理意见",
    "disposition_decided": "主管部门处置决定",
    "inquiry_concluded": "自行调查核实结果",
    "condition_met": "条件已履行",
    "condition_lapsed": "条件逾期未履行",
    "disposition_ended": "灵活处置结束",
    "review_begun": "异常复核",
    "review_rechecked": "复查",
    "review_heard": "听取申请人意见",
    "review_concluded": "复核结论",
    "review_ended": "异常复核结束",
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

# --- long routes ----------------------------------------------------------------------------------------------------

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
REVIEW_WORD = "异常复核"
COMPLETION_WORD = "证照补齐"
SUMMARY_ROUTE = "{route} · {evidence} · {number}"
DETAILS_ROUTE = "办件：{number}\n\n事项：{item}\n\n主管部门：{department}\n\n路径：{route} · {evidence}"
TASK_NOTICE = "发出一次性补正告知，或作出受理"
THEN_DEEMED = "逾期视为受理"
THEN_ALARM = "逾期督办"
TASK_CHOICE = "就「{evidence}」选择办理方式：{options}"
THEN_WITHOUT_HIM = "未选择则转下一步，不作推定"
TASK_SUPPLEMENT = "按一次性告知补交材料"
THEN_SUPPLEMENT = "逾期由主管部门处理"
HELD_FOR_OTHERS = "所列事项尚由有关部门办理，申请人补正期限不计"
COUNTS_AGAIN = "原不利答复经主管部门复核已更正，原承诺或纸质材料继续有效，仍待核查"
TASK_ACCEPTANCE = "作出受理或不予受理"
TASK_DECISION = "作出决定"
TASK_PROPOSAL = "就「{evidence}」提出处置意见"
THEN_NOT_EXEMPTED = "未提出则一次性告知申请人"
APPLICANT = "申请人"
BASIS_LAPSED = "逾期未补交"
TASK_VERIFICATION = "核验「{evidence}」"
TASK_LATE_CHECK = "核查决定后收到的「{evidence}」答复"
THEN_NEXT_ROUTE = "逾期转下一路径"
THEN_NOTHING_CHANGES = "不改变决定"
WITHDRAWN: dict[str, str] = {
    "settled_otherwise": "已由其他路径办成",
    "application_ended": "办件已结束",
    "revoked": "申请人已撤回",
    "decided": "已作出决定",
}

# --- 告知承诺、容缺后补 ----------------------------------------------------------------------------------------------

NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一")
CHECK_BY: dict[str, str] = {"sharing": "数据共享查验", "verification": "向出具单位信息核验"}
CONSEQUENCES: dict[str, str] = {
    "stop": "终止办理",
    "rectify": "责令限期整改",
    "revoke": "撤销行政决定",
    "penalise": "行政处罚",
}
CREDIT_STANDINGS: dict[str, str] = {
    "clear": "无不良记录",
    "false_commitment": "有虚假承诺记录",
    "serious_discredit": "有严重失信记录",
    "unavailable": "未应答",
}
SIGNED_BY: dict[str, str] = {
    "self": "本人签署",
    "guardian": "法定监护人签署",
    "seal": "加盖公章",
    "legal_representative": "法定代表人签署",
    "proxy": "代理人签署",
}
COMMITMENT_NOTICE_HEAD = "证明事项告知书（{version}）\n办理事项：{item}\n以承诺替代的证明：{evidence}"
COMMITMENT_CLAUSES = (
    "证明义务",
    "证明内容",
    "承诺方式",
    "不实承诺的法律责任",
    "行政机关的核查权力",
    "承诺书的公开",
    "承诺兑现条件",
    "事中事后监管标准",
    "核查方式",
    "承诺不实的处理",
    "申请人的权利",
)
COMMITMENT_CHECK = "{mode}，决定作出后{days}个工作日内，方式为{by}"
COMMITMENT_RECTIFY = "{words}；责令整改的，期限为{days}个工作日"
COMMITMENT_RIGHTS = (
    "是否承诺由申请人自行选择，不选择的可以提交证明或者由办理部门查验；决定作出前可以撤回承诺；"
    "认定承诺不实前，办理部门听取陈述申辩。有严重失信记录或者虚假承诺记录且未修复的，不适用告知承诺。"
)
COMMITMENT_LETTER_HEAD = (
    "证明事项告知承诺书（{version}）\n办理事项：{item}\n以承诺替代的证明：{evidence}\n申请人郑重承诺："
)
COMMITMENT_STATEMENTS = (
    "已知晓办理部门告知的全部事项；",
    "已符合办理该事项所要求的条件；",
    "所填写和承诺的信息真实、准确；",
    "愿意接受核查，并承担不实承诺的法律责任。",
)
COMMITMENT_SIGNATURE = "承诺人（签名或者盖章）：　　　　　　日期：　　　　"
COMMITMENT_BASIS = "告知承诺书（{version}）：{why}"
COMMITMENT_SHARED = "{platform}查验：{outcome}"
COMMITMENT_QUESTION = (
    "因「{item}」以告知承诺替代「{evidence}」，现依法核查，请核验当事人的该项证明所载事实，并通过平台答复。"
)
TASK_COMMITMENT_ANSWER = "核查「{evidence}」的告知承诺"
TASK_COMMITMENT_CHECK = "核查「{evidence}」的告知承诺并记录结果"
TASK_HEARING = "就「{evidence}」承诺不实听取陈述申辩"
TASK_CONSEQUENCE = "就「{evidence}」承诺不实作出处理决定"
TASK_RECTIFICATION = "就「{evidence}」承诺不实限期整改"
THEN_BY_HAND = "逾期由主管部门核查"
THEN_CHECK_STAYS = "逾期督办，核查不取消"
THEN_HEARING = "未听取陈述申辩前不得处理"
THEN_FURTHER = "逾期由主管部门另作处理"
SUMMARY_CREDIT = "查询 省、市信用平台"
SUMMARY_CREDIT_AGAIN = "信用平台未应答，稍后再查（未应答不等于信用良好）"
SUMMARY_CREDIT_RECORD = "报送 市信用平台"

DEFERRAL_NOTICE = (
    "容缺受理通知书\n办理事项：{item}\n材料名称：{evidence}\n补正形式：{form}\n"
    "补正时限：{days}个工作日，至{due}前送达，以到达为准{provisional}\n"
    "超期处理：{effect}\n材料补齐前办理照常进行，办理结果待补齐后交付。"
)
DEFERRAL_BASIS = "容缺受理承诺书，信用平台未见未修复的严重失信记录"
DEFERRAL_SUPPLIED = "容缺的材料已补交"
DEFERRAL_LAPSED = "「{evidence}」容缺后逾期未补交，{effect}"
TASK_DEFERRED_SUPPLY = "补交容缺材料「{evidence}」"

# --- 意见征集、灵活处置、异常复核 ------------------------------------------------------------------------------------

OPINIONS: dict[str, str] = {
    "agree": "同意",
    "agree_with_conditions": "附条件同意",
    "disagree": "不同意",
    "no_opinion": "无意见",
    "outside_remit": "不属本部门职责",
    "unanswered": "逾期未答复",
}
TURN_OF_OPINION = "对办件提出意见"
TASK_OPINION = "就{about}提出意见"
THEN_UNANSWERED = "逾期记为未答复，既非同意，也非反对"
LISTENING_OPINION = "征求单位尚未结束征求，仍收 {who} 的意见"
SUMMARY_CONSULTATION = "意见征集 · {who} · {about} · {number}"

DISPOSITION_ABOUT = "「{evidence}」的灵活处置"
DISPOSITION_CAUSES: dict[str, str] = {"out_of_province": "省外材料", "historical": "历史遗留"}
DISPOSITION_OUTCOMES: dict[str, str] = {
    "exempted": "准予免交",
    "substituted": "以其他材料替代",
    "own_inquiry": "主管部门自行调查核实",
    "conditional": "附条件免交",
    "not_exempted": "不予免交",
}
DISPOSITION_QUESTION = (
    "「{item}」所需「{evidence}」因{cause}无法取得，{department}拟：{proposed}（依据：{legal_basis}）。"
    "请就此提出意见。\n材料关键性：{materiality}\n已掌握材料的关联性：{relation}\n风险：{risk}"
)
DISPOSITION_BASIS = "{department}灵活处置决定：{what}，依据：{legal_basis}"
BASIS_BODIES_MISSING = "目录未载明管委会、审改办或司法局"
COMMITTEE = "县行政服务中心管委会"
OTHER_DEPARTMENT = "其他部门 {department}"
TASK_CONCLUSION = "就「{evidence}」作出办件处理意见"
TASK_MORE_FACTS = "就「{evidence}」补充事实"
TASK_DISPOSITION = "就「{evidence}」作出处置决定"
TASK_INQUIRY = "自行调查核实「{evidence}」"
TASK_CONDITION = "跟踪条件履行：{condition}"
THEN_REVERSED = "逾期未履行则免交失效"
CONSULTED = "会商部门"

TASK_REVIEW = "异常复核「{evidence}」（{outcome}）"
THEN_REVIEW = "逾期督办，不自行结束"
REVIEW_CONCLUSIONS: dict[str, str] = {"accepted": "予以采信", "corrected": "记录已更正", "not_exempted": "不予免交"}
REVIEW_FINDINGS: dict[str, str] = {"stands": "原答复无误", "mistaken": "原答复有误", "unclear": "仍不清楚"}
REVIEW_BASIS = "{department}异常复核：{conclusion}，{reasons}"

# --- 纸质材料电子化 and 证照补齐 ------------------------------------------------------------------------------------

PAPER_QUESTION = (
    "因办理「{item}」，申请人提交了纸质「{evidence}」（附扫描件摘要），请核验是否由贵单位出具、内容是否属实，并通过平台答复。"
    "核验属实的，请补录至电子证照库或汇聚共享平台。不得要求申请人前往办理。"
)
PAPER_BASIS: dict[str, str] = {
    "confirmed": "纸质材料经核验属实（出具部门：{issuer}）",
    "backfilled": "纸质材料所载事实已由本系统在库中查得（出具部门：{issuer}）",
    "issuer_cannot_backfill": "纸质材料经核验属实，不能补录入库（出具部门：{issuer}）",
    "issuer_out_of_province": "纸质材料经核对属实，出具单位（{issuer}）在省外或境外，不负补录之责",
    "paper_false": "纸质材料经核验不属实（出具部门：{issuer}）",
}
TASK_PAPER = "核验纸质「{evidence}」"
TASK_PAPER_BY_HAND = "自行核对纸质「{evidence}」"
TASK_BACKFILL = "将「{evidence}」补录入库"
TASK_FALSE_PAPER = "核查办件 {number} 所依据的虚假纸质「{evidence}」"
TASK_COMPLETION = "补齐电子证照「{evidence}」"
THEN_STAYS_PROVISIONAL = "逾期督办，不推定真伪"
THEN_LIBRARY_LACKS = "逾期督办，下次办事仍查不到"
THEN_CASES_WAIT = "逾期督办，不推定任何事实"
COMPLETION_QUESTION: dict[str, str] = {
    "no_record": "电子证照库中没有当事人的「{evidence}」，请核实并补齐；不能补齐的，请通过平台说明原因。"
    "不得要求申请人前往办理。",
    "mismatch": "电子证照库中当事人的「{evidence}」与实际不符，请核实并更正；不能更正的，请通过平台说明原因。"
    "不得要求申请人前往办理。",
}
COMPLETION_ERRORS: dict[str, str] = {
    "no_licence": "目录中没有此类电子证照，或未列入免提交纸质证照清单",
    "unknown_office": "目录中没有此部门",
    "not_offered": "本县尚未开通证照补齐",
}
COMPLETION_ITEM = "电子证照补齐"
SUMMARY_COMPLETION = "证照补齐 · {evidence} · {number}"
OPENED_BY: dict[str, str] = {"case": "办件", "holder": "持证人（闽政通核对）", "counter": "证照补齐服务窗口"}
TOLD: dict[str, str] = {
    "confirmed": "核验属实",
    "reversed": "核验不属实，免提交撤回",
    "completed": "已补齐",
    "issuer_cannot_complete": "出具部门不能补齐",
}
SHARED_RESULTS: dict[str, str] = {
    "backfilled": "已补录，自行查得",
    "issuer_cannot_backfill": "核验属实，不能补录",
    "issuer_out_of_province": "核验属实，出具单位在省外或境外，不负补录之责",
    "paper_false": "核验不属实",
    "completed": "已补齐，自行查得",
    "issuer_cannot_complete": "不能补齐",
}
LACKS: dict[str, str] = {"no_record": "库中没有", "mismatch": "与实际不符"}

# --- 帮办代办 --------------------------------------------------------------------------------------------------------

CASE_HELPER = "帮代办员"
TASK_ASSISTANCE = "代办取得{names}"
THEN_NOT_OBTAINED = "逾期未取得的，转下一路径"
SUMMARY_ORDER = "帮办代办下单 · {names}"
SUMMARY_REVOKE = "撤销帮办代办"
SUMMARY_REFUSED = "结束后收到的行为，记录不予接受 · {act}"
ASSISTANCE_ACCEPTED = (
    "帮办代办受理单\n办件：{number}（{item}）\n代办取得：{names}\n委托书摘要：{authorisation}\n"
    "本次代办出于申请人自愿，不收取服务费，只缴法定费用；申请人仍为申报主体，对申报内容的真实性负责，"
    "并可随时撤回委托。代办期间不停止计算任何法定期限。"
)
ASSISTANCE_SUSPENDED = "帮办代办中止单\n办件：{number}\n代办取得：{names}\n中止时间：{at}\n中止原因：{reason}"
ASSISTANCE_RESUMED = "帮办代办续办单\n办件：{number}\n代办取得：{names}\n续办时间：{at}\n依原委托书继续代办。"
ASSISTANCE_CLOSED = (
    "帮办代办办结（终止）单\n办件：{number}\n代办取得：{names}\n时间：{at}\n结果：{outcome}\n所取得材料摘要：{obtained}"
)
ASSISTANCE_OBTAINED = "办结，已取得并转回受理环节"
ASSISTANCE_NOTHING = "无"
ASSISTANCE_RESULTS: dict[str, str] = {
    "obtained": "已取得，转回受理环节",
    "terminated": "已终止",
    "not_obtained": "逾期未取得",
    "called_off": "已撤回",
}
ASSISTANCE_HELD = "帮办代办中止，见中止单"
ASSISTANCE_BASIS: dict[str, str] = {
    "obtained": "经申请人委托，由帮代办员代为取得",
    "terminated": "帮办代办终止，未能取得",
    "not_obtained": "帮办代办未在期限内取得",
}

NEWS: dict[str, str] = {
    "settled_otherwise": "已由其他路径办成",
    "application_ended": "办件已结束",
    "decided": "主管部门已作决定",
    "revoked": "申请人已撤回",
}
REOPENED: dict[str, str] = {
    "late_answer": "收到迟到的答复",
    "reversed": "核查未能支持原依据",
    "commitment_withdrawn": "申请人撤回承诺",
    "licence_completed": "证照已补齐",
    "choice": "申请人另选方式",
}
CLOSINGS: dict[str, str] = {"done": "已办", "withdrawn": "不再需要", "expired": "逾期了结", "ended": "随办件结束"}
CLOCKS: dict[str, str] = {"statutory": "法定时限", "promised": "承诺时限", "step": "环节时限"}
DECISIONS: dict[str, str] = {"granted": "准予", "refused": "不予"}

# --- 督办一览 --------------------------------------------------------------------------------------------------------

STEPS: dict[str, str] = {
    "notice": "补正告知",
    "supplement": "补正",
    "choice": "选择办理方式",
    "verification": "信息核验",
    "opinion": "征求意见",
    "paper_check": "纸质核验",
    "backfill": "补录入库",
    "commitment_check": "承诺核查",
    "hearing": "陈述申辩",
    "consequence": "承诺不实处理",
    "rectification": "限期整改",
    "deferred_supply": "容缺补交",
    "assistance": "帮办代办",
    "proposal": "处置意见",
    "more_facts": "补充事实",
    "conclusion": "管委会处理意见",
    "department_decision": "主管部门处置决定",
    "condition": "条件履行",
    "review": "异常复核",
    "completion": "证照补齐",
    "acceptance": "受理",
    "decision": "决定",
    "late_check": "迟到答复核查",
}
WAITS: dict[str, tuple[str, str, str]] = {
    "credit": ("信用查询", "信用平台应答（未应答不等于信用良好）", "应答，或到限后不适用"),
    "decision": ("待办件决定", "主管部门作出决定", "作出决定、撤回承诺，或办件结束"),
    "closing": ("待法律文书或信用修复", "生效法律文书或信用修复", "报送并修复，或由部门了结"),
    "late": ("仍收迟到答复", "迟到的答复（不推定任何事实）", "答复、办件结束，或期满"),
    "asker": ("待征求单位结束", "征求单位结束征求（意见：{opinion}）", "征求单位结束，或办件结束"),
    "consulting": ("征求意见", "会商意见", "各部门答复或期限已过"),
    "sources": ("查验中", "数据共享平台应答", "全部应答，或到限后转下一路径"),
    "ledger": ("记入台账", "记入台账", "台账写入"),
    "platform": ("查验中", "平台恢复", "平台恢复，或到限后转下一路径"),
}
"""What is waited for where nobody's task runs: the stage, the wait, and what ends it."""
TAGS: dict[str, str] = {
    "applicant": "等申请人",
    "due_soon": "临期",
    "held": "中止",
    "stands_still": "时限停走",
    "out_of_province": "省外",
    "historical": "历史遗留",
    "deferred": "容缺",
    "commitment": "承诺待核",
    "paper": "纸质待核",
}
TURNS: dict[str, str] = {
    "commitment": "信用平台",
    "deferred_supply": "信用平台",
    "assistance": CASE_HELPER,
    "flexible_disposition": "管委会",
}
TURN_OF_ROUTE = "{route}「{evidence}」"
UNBLOCKED_BY_ROUTE = "该路径有结果（详见其自身流程）"
CREDIT_PLATFORMS = "省、市信用平台"
OUTSIDE_PLATFORMS = "外部平台"
OURSELVES = "本系统"
STUCK_STORE = "证据未存入"
CURRENT = "等：{task}\n\n轮到：{who}\n\n起：{since} · 限：{until}\n\n解除：{unblocks}"
UNBLOCKED = "此事办成；{then}"
CURRENT_ENDED = "已结束，无须任何人办理"
NO_TIME = "未定"
CONSULTATION_WORD = "意见征集"
DETAILS_CONSULTATION = "办件：{number}\n\n事项：{item}\n\n主管部门：{asker}\n\n被征求单位：{who}\n\n就：{about}"
DETAILS_COMPLETION = "编号：{number}\n\n主管：{department}\n\n证照：{evidence}\n\n由：{by}发起"
DETAILS_REFUSED = "办件：{number}\n\n所在：{stream}\n\n行为：{act}\n\n已结束后收到，只记录，不改变任何结果"

OVERRIDES = {
    "extend": "延长环节时限",
    "next_rung": "不再等待，转下一路径",
}
"""Interventions that change an outcome, by code."""
