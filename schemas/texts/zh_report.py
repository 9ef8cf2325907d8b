"""中文文本 of reports: what stands in them, and the name and the definition of every figure."""

from __future__ import annotations

from typing import NamedTuple


class FigureText(NamedTuple):
    """A figure: where it stands in ``Figures``, what it is called, what it counts, its unit; ``brief`` ones stand in
    the tables by department and township on the page, all of them in the workbook."""

    path: str
    group: str
    name: str
    definition: str
    unit: str = "件"
    brief: bool = False


SHARING = {"elicence": "电子证照", "data_sharing": "数据共享", "trusted_document": "可信文件"}

FIGURES: tuple[FigureText, ...] = (
    FigureText("cases.received", "办件", "收件", "本期收件的办件", brief=True),
    FigureText("cases.accepted", "办件", "受理", "本期受理的办件"),
    FigureText("cases.decided", "办件", "决定", "本期作出决定的办件"),
    FigureText("cases.ended", "办件", "办结", "本期办结的办件", brief=True),
    FigureText(
        "evidence.concluded", "免提交", "有结论的证明", "本期收件的办件中，依法需要且已有结论的证明要求", "项", True
    ),
    FigureText("evidence.exempted", "免提交", "免提交", "其中未经申请人提交或承诺即最终办妥的", "项", True),
    FigureText("evidence.exempted_rate", "免提交", "免提交率", "免提交占有结论的证明", "率", True),
    *(
        FigureText(f"evidence.exempted_by_route.{route}", "免提交", f"免提交·{name}", "以此路径办妥的免提交", "项")
        for route, name in {
            **SHARING,
            "verification": "信息核验",
            "assistance": "帮办代办",
            "flexible_disposition": "灵活处置",
        }.items()
    ),
    *(
        FigureText(
            f"evidence.exempted_by_way.{way}",
            "免提交",
            f"实现方式·{name}",
            "免提交按政策第三部分归类",
            "项",
        )
        for way, name in {
            "data_sharing": "数据共享",
            "collaboration": "业务协同",
            "service": "优质服务",
        }.items()
    ),
    FigureText("evidence.commitment", "免提交", "以承诺替代", "以告知承诺最终办妥的证明要求", "项"),
    FigureText("evidence.deferred", "免提交", "容缺补交", "容缺后由申请人补交而最终办妥的证明要求", "项"),
    FigureText("evidence.paper", "免提交", "提交纸质", "以申请人所持纸质材料最终办妥的证明要求", "项"),
    FigureText("evidence.provisional", "免提交", "暂定办妥", "已办妥而尚欠核查或补交的证明要求", "项"),
    FigureText(
        "evidence.not_exempted", "免提交", "不能免提交", "各路径均不能办妥、一次性告知申请人的证明要求", "项", True
    ),
    FigureText("evidence.pending", "免提交", "办理中", "尚无结论，不计入免提交率", "项"),
    FigureText("evidence.volunteered", "免提交", "自愿提交", "申请人自愿提交的，不计入免提交率", "项"),
    FigureText("evidence.abolished", "免提交", "实现方式·清理取消", "已公布取消、无须提交的，不计入免提交率", "项"),
    *(
        FigureText(f"lookups.{route}.{field}", "查询", f"{name}·{label}", definition, unit)
        for route, name in SHARING.items()
        for field, label, definition, unit in (
            ("asked", "查询", "本期发出的查询", "次"),
            ("hit_rate", "命中率", "查询中查得有效结果的", "率"),
            ("unavailable", "不可用", "平台故障或超出配额", "次"),
        )
    ),
    FigureText("verification.received", "信息核验", "核验请求", "本期送达的信息核验请求，计于被请求部门", "件", True),
    FigureText("verification.on_time", "信息核验", "按时答复", "在时限内答复的", "件"),
    FigureText("verification.overdue", "信息核验", "逾期", "逾期答复或逾期未答复的", "件", True),
    FigureText("verification.on_time_rate", "信息核验", "按时率", "按时答复占按时与逾期之和", "率", True),
    FigureText("verification.median_hours", "信息核验", "答复时长中位数", "自请求至答复", "小时", True),
    FigureText("commitments.signed", "告知承诺", "签署", "本期签署的承诺书", "份", True),
    FigureText("commitments.checked", "告知承诺", "核查", "本期完成核查的承诺", "份"),
    FigureText("commitments.broken", "告知承诺", "不实", "本期查实不实的承诺", "份", True),
    FigureText("deferrals.opened", "容缺后补", "容缺", "本期准予容缺的", "项"),
    FigureText("deferrals.cured", "容缺后补", "已补", "本期补齐的", "项"),
    FigureText("deferrals.expired", "容缺后补", "逾期未补", "本期逾期未补的", "项"),
    FigureText("papers.opened", "纸质先收", "先收", "本期先收纸质材料的", "项"),
    FigureText("papers.backfilled", "纸质先收", "已补录", "本期经核验补录入库的", "项"),
    FigureText("papers.cannot_backfill", "纸质先收", "不能补录", "出具单位不能补录的", "项"),
    FigureText("assistance.opened", "帮办代办", "转入", "本期转入帮办代办的", "件", True),
    FigureText("assistance.obtained", "帮办代办", "办成", "本期取得所需证明的", "件"),
    FigureText("assistance.not_obtained", "帮办代办", "未办成", "本期未能取得的", "件"),
    FigureText("dispositions.opened", "灵活处置", "提出", "本期提出处置意见的", "件", True),
    FigureText("dispositions.decided", "灵活处置", "决定", "本期作出处置决定的", "件"),
    FigureText("dispositions.median_days", "灵活处置", "处置天数中位数", "自提出至决定，日历日", "天"),
    FigureText("aggregation.owed", "当日归集", "应归集", "本期出具单位确认、应归集入库的", "项"),
    FigureText("aggregation.rate", "当日归集", "当日归集率", "当日已归集占应归集", "率", True),
    FigureText("complaints", "监督", "被要求自行开具证明的投诉", "本期登记的投诉，计于被投诉部门", "件", True),
    FigureText("colours.blue", "监督", "蓝牌", "本期临期提醒，计于承办单位", "次"),
    FigureText("colours.orange", "监督", "橙牌", "本期逾期督办", "次"),
    FigureText("colours.red", "监督", "红牌", "本期严重逾期督办", "次", True),
    FigureText("colours.annulled", "监督", "撤销的牌", "其中因误报撤销的", "次"),
)

TITLES = {
    "monthly": "“无证明城市”建设月报（{year}年{month}月）",
    "quarterly": "“无证明城市”建设季度情况（{year}年第{quarter}季度）",
}
ADDRESSED = {"monthly": "报：县行政服务中心管委会", "quarterly": "报：县人民政府"}
NOT_ENDED = "本期尚未结束，所列为截至 {today} 的数据。"
STATES = {"on_time": "按时", "late": "迟报", "missing": "未报", "awaited": "未到期"}
STATE_LATE = "迟报 {days} 天"
STATE_MISSING = "未报，已逾期 {days} 天"
NOBODY_LATE = "各部门均已按时报送。"
LATE_NAMED = "{month} 迟报、未报（{count} 个）：{names}。"
AWAITED = "{month} 报送截止 {due}，尚未到期。"
NO_VALUE = "—"

SHEETS = {
    "total": "全县",
    "department": "按部门",
    "township": "按乡镇",
    "submissions": "报送情况",
    "basis": "依据与复算",
}
TOTAL = "全县合计"
UNKNOWN_ROW = "（未注明）"
COLUMNS = {
    "group": "类别",
    "figure": "指标",
    "unit": "单位",
    "whole": "本期",
    "definition": "口径",
    "department": "部门",
    "township": "乡镇",
    "code": "代码",
    "month": "月份",
    "due": "截止日",
    "received": "报送日",
    "state": "情况",
}
BASIS = {
    "period": "期间",
    "as_of": "编制时点",
    "edition_basis": "统计口径版本",
    "origin": "日志名称",
    "size": "检查点条数",
    "root": "检查点根（base64）",
    "note": "签名检查点",
    "catalogue": "目录版本",
    "leaf": "计入的最后一条（序号自 0 起）",
    "how": "复算",
}
HOW = (
    "本报告的数据只取决于台账至上述检查点为止的内容。复算：mianzheng report check {name}；"
    "与登记的摘要逐字节比对。检查点可与自存的检查点、见证方的签名相核对（mianzheng audit verify）。"
)

SUBJECT = "{title}"
BODY = """{addressed}

{title}，随附 XLSX 与 HTML 各一份。

{headline}

{submissions}

数据计至台账日志 {origin} 第 {size} 条（检查点根 {root}）。
附件摘要（SHA-256）：
  {xlsx_name}  {xlsx}
  {html_name}  {html}
报告编号 {report_id}，第 {edition} 版；重复收到同一编号同一版次的，为同一报告。
"""

REFUSED = {
    "no_directory": "没有设置 report.directory，报告无处存放",
    "no_key": "没有设置 audit.key_path：没有签名的检查点，报告无所依据",
    "no_checkpoint": "还没有检查点：日志为空，或日志服务没有运行",
    "behind": "最近的检查点或统计尚未包括本期全部事件，请稍后重试",
    "not_begun": "期间尚未开始",
    "no_catalogue": "期间内没有生效的目录版本",
    "no_mail": "没有设置 report.smtp，不能发送",
    "no_recipients": "没有设置收件人（月报 report.recipients，季报 report.government）",
    "unknown": "台账中没有登记这份报告",
    "other_format": "报告的版式与本程序的不同，请用编制时的版本复算",
    "files_gone": "报告的文件不在 report.directory 中，或已被改动",
    "root_differs": "日志中检查点处的根与登记的不符",
    "lost_race": "同一报告正由另一处登记，请稍后重试",
    "mail": "邮件服务器未接收",
}

SUMMARIES = {
    "schedule": "每月报告：报送截止次日编制，报管委会；季度末另报县政府",
    "wait": "等 {month} 报送截止（{due}）",
    "compute": "统计 · {name}",
    "render": "绘制 · {name}",
    "record": "登记 · {name}",
    "mail": "发送 · {name}",
}
