"""中文文本 of the HTTP door: the title of each problem and what is wrong with a mandate, by stable code."""

from __future__ import annotations

PROBLEMS: dict[str, str] = {
    # who is there
    "no_token": "须提供访问令牌（Authorization: Bearer …）",
    "bad_token": "访问令牌无效",
    "expired_token": "访问令牌已过期，请重新获取",
    "token_not_yet_valid": "访问令牌尚未生效，请核对双方时钟",
    "wrong_issuer": "访问令牌不是本县认可的签发方所发",
    "wrong_audience": "访问令牌不是发给本系统的",
    "algorithm_refused": "访问令牌的签名算法不被接受，只接受非对称算法",
    "unknown_key": "访问令牌的签名密钥未知",
    "roles_missing": "访问令牌没有本系统认识的角色",
    "roles_incompatible": "访问令牌中的角色不得由同一人兼任",
    "department_missing": "访问令牌的角色须写明所属部门（统一社会信用代码）",
    "claims_unusable": "访问令牌的内容不符合要求",
    "keys_unavailable": "暂时取不到签发方的公钥，请稍后重试",
    "too_many_requests": "请求过于频繁，请按 Retry-After 稍后重试",
    "blocked": "该账号因疑似批量查询已被暂停，请联系本县审计人员",
    # what may be done
    "not_of_role": "所持角色无权进行此操作",
    "outside_scope": "该事项不在所持令牌的办理范围内",
    "not_found": "没有找到",
    "not_yours": "可以查看此办件，但无权进行此操作",
    "role_not_held": "令牌中没有所写的角色",
    "role_does_not_act": "所持角色不参与办件",
    "role_unclear": "令牌中有多个可办理的角色，须写明以哪一个办理",
    "mandate_refused": "不能凭此委托代为办理，逐项见 errors",
    # decoding for the Temporal UI
    "cannot_decode": "载荷无法解开",
    "not_payloads": "不是 Payloads 的 JSON",
    "reason_unusable": "查看个人信息的理由须为 1 至 200 字，不得含公民身份号码，以百分号编码填写",
    "record_unavailable": "查阅记录暂时无法写入，未予提供，请稍后重试",
    # what was handed in
    "invalid": "内容有误，逐项见 errors",
    "number_taken": "同一办件编号或同一幂等键已用于另一申请，不同之处见 errors",
    "no_number": "须提供 application_no，或以 Idempotency-Key 请求头提供幂等键",
    "two_numbers": "application_no 与 Idempotency-Key 只能提供一个",
    "bad_key": "Idempotency-Key 须为 1-255 个可见 ASCII 字符",
    "operator_not_yours": "operator 须是本部门的经办人员",
    "act_refused": "此行为已记录，未获接受，原因见 errors",
    "not_json": "请求体不是有效的 JSON（UTF-8）",
    "bad_request": "请求无法读取",
    "too_large": "请求体超过此处允许的大小",
    "too_slow": "请求体在规定时间内没有送完",
    "media_type": "不接受这种内容类型",
    "not_the_file_it_says": "文件内容与所写的类型不符",
    "empty_file": "文件为空",
    "unknown_party": "办件没有这一当事人",
    "subject_erased": "该当事人的资料已依法清除，不能再为其存入材料",
    "no_such_address": "没有这个地址",
    "method_not_allowed": "此地址不接受这种方法",
    "lists_behind": "清单尚未读到所写的位置，请稍后重试",
    "not_counted_yet": "统计尚未读到 as_of 所写的位置",
    "whole_county_only": "as_of 只供可查看全县统计的人使用",
    "complaint_differs": "同一编号的投诉已登记，内容不同",
    "bad_cursor": "cursor 须是上一页同一排序所给的 next",
    "bad_place": "after 须写作 台账流:序号，取自回执的 position",
    "too_many_tasks": "符合条件的待办超过五百项，请缩小范围后再冻结",
    "not_now": "暂时不能办理，请稍后重试；重复提交是安全的",
    "incident": "系统内部错误，编号 {incident}，请将编号告知运维人员",
}

ANOTHER_NUMBER = "此编号已用于他处的办件，请另取编号"

MANDATES: dict[str, str] = {
    "act_not_by_representative": "此项须由当事人本人作出，不得委托代理人代为",
    "mandate_unknown": "没有这份委托，或委托人、代理人与所办不符",
    "mandate_revoked": "委托已撤销",
    "mandate_not_yet_valid": "委托尚未生效",
    "mandate_expired": "委托已到期",
    "mandate_not_for_act": "委托的权限不包括此项",
    "mandate_not_for_item": "委托的权限不包括此政务服务事项",
    "mandate_not_for_case": "委托只限于另一办件",
    "mandate_too_weak": "委托的核验程度不足以办理此项，须由双方到窗口或实名认证后重新登记",
}
