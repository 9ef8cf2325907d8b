"""中文文本 of reports: what stands in them, and the name and the definition of every figure."""

from __future__ import annotations

from typing import NamedTuple

from schemas.texts.zh import ROUTES
from schemas.texts.zh_statistics import FIGURES as FIGURES_OF
from schemas.texts.zh_statistics import GROUPS, WAYS


class FigureText(NamedTuple):
    """A figure: where it stands in ``Figures``, what it is called, what it counts, its unit; ``brief`` ones stand in
    the tables by department and township on the page, all of them in the workbook."""

    path: str
    group: str
    name: str
    definition: str
    unit: str = "件"
    brief: bool = False


SHARING = ("elicence", "data_sharing", "trusted_document")
EXEMPTING = (*SHARING, "verification", "assistance", "flexible_disposition")


def _figure(path: str, definition: str, unit: str = "件", *, brief: bool = False) -> FigureText:
    """A figure under the name that statistics have for it (``zh_statistics``), so that it has one everywhere."""
    group, *rest = path.split(".")
    match rest:
        case ["exempted_by_route", route]:
            name = f"{FIGURES_OF['evidence.exempted']}·{ROUTES[route]}"
        case ["exempted_by_way", way]:
            name = f"{FIGURES_OF['evidence.exempted']}·{WAYS[way]}（实现方式）"
        case [route, field]:
            name = f"{ROUTES[route]}·{FIGURES_OF[f'{group}.{field}']}"
        case _:
            name = FIGURES_OF[path]
    return FigureText(path, GROUPS[group], name, definition, unit, brief)


FIGURES: tuple[FigureText, ...] = (
    _figure("cases.received", "本期收件的办件", brief=True),
    _figure("cases.accepted", "本期受理的办件"),
    _figure("cases.decided", "本期作出决定的办件"),
    _figure("cases.ended", "本期办结的办件，含撤回、不予受理、终止", brief=True),
    _figure("evidence.concluded", "本期收件的办件中，依法需要且已有结论的；各率的分母", "项", brief=True),
    _figure("evidence.exempted", "不向申请人索要而最终办成", "项", brief=True),
    _figure("evidence.exempted_rate", "免提交 ÷ 已有结论的证明要求", "率", brief=True),
    *(_figure(f"evidence.exempted_by_route.{route}", "免提交中以此路径办成的", "项") for route in EXEMPTING),
    *(
        _figure(f"evidence.exempted_by_way.{way}", "免提交按政策第三部分的实现方式归类", "项")
        for way in ("data_sharing", "collaboration", "service")
    ),
    _figure("evidence.commitment", "以告知承诺最终办成，不在免提交之内", "项"),
    _figure("evidence.deferred", "容缺后申请人补交，不是免提交", "项"),
    _figure("evidence.paper", "申请人交了纸质、出具部门已核，不是免提交", "项"),
    _figure("evidence.provisional", "已先行办理，核查或补交还欠着", "项"),
    _figure("evidence.not_exempted", "各路径用尽，已一次性告知", "项", brief=True),
    _figure("evidence.pending", "还在办，不在分母", "项"),
    _figure("evidence.volunteered", "申请人自愿交的，不在分母", "项"),
    _figure("evidence.abolished", "已由公布文件取消，不得索要，不在分母", "项"),
    _figure("evidence.unlisted", "不在保留清单，不得索要，不在分母", "项"),
    *(
        _figure(f"lookups.{route}.{field}", definition, unit)
        for route in SHARING
        for field, definition, unit in (
            ("asked", "每问一次来源算一次", "次"),
            ("hit_rate", "命中 ÷ 查询次数", "率"),
            ("unavailable", "平台故障、超时或超出配额", "次"),
        )
    ),
    _figure("verification.received", "送达的核验请求，归被征询部门", brief=True),
    _figure("verification.on_time", "到期前答复"),
    _figure("verification.overdue", "到期后答复或到期未答", brief=True),
    _figure("verification.on_time_rate", "按时答复 ÷（按时答复 + 逾期）", "率", brief=True),
    _figure("verification.median_hours", "自送达至首次答复，自然小时", "小时", brief=True),
    _figure("commitments.signed", "本期签署的承诺书", "份", brief=True),
    _figure("commitments.checked", "本期完成核查的承诺", "份"),
    _figure("commitments.broken", "本期认定不实的承诺", "份", brief=True),
    _figure("deferrals.opened", "本期准予容缺的", "项"),
    _figure("deferrals.cured", "本期补交的", "项"),
    _figure("deferrals.expired", "本期逾期未补的", "项"),
    _figure("papers.opened", "本期收下的纸质材料", "份"),
    _figure("papers.backfilled", "本期补录、本系统已自行查得的", "份"),
    _figure("papers.cannot_backfill", "出具单位不能补录的", "份"),
    _figure("papers.false", "出具单位答复不实的", "份"),
    _figure("assistance.opened", "本期转入帮办代办的", brief=True),
    _figure("assistance.obtained", "本期取得所需、转回受理的"),
    _figure("assistance.not_obtained", "本期未能取得的"),
    _figure("dispositions.opened", "本期提出处置意见的", brief=True),
    _figure("dispositions.decided", "本期作出决定的"),
    _figure("dispositions.median_days", "自提出至决定，自然日", "天"),
    _figure("aggregation.owed", "出具部门答复属实而库中原来没有的", "项"),
    _figure("aggregation.rate", "当日归集 ÷ 应归集", "率", brief=True),
    _figure("complaints", "本期登记，归要求开证的部门", brief=True),
    _figure("colours.blue", "到期未办，归当时该办的单位", "次"),
    _figure("colours.orange", "逾期督办", "次"),
    _figure("colours.red", "严重逾期督办", "次", brief=True),
    _figure("colours.annulled", "蓝橙红之中因误报撤销的", "次"),
)
"""What stands in a report, in this order; docs/statistics.md has the definitions at length."""

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
