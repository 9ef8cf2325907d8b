"""中文文本 of 对账: each finding, and what is to be done about it."""

from __future__ import annotations

from schemas.reconcile import Code

JOB = "每日对账：Temporal 历史与台账"
SUMMARY = "逐个流程核对历史与台账"

FINDINGS: dict[Code, str] = {
    Code.MISSING: "台账缺少已确认入账的事件",
    Code.DIFFERENT: "台账中的事件内容与历史不同",
    Code.EXTRA: "台账中有历史所无的事件",
    Code.ORDER: "台账中事件的先后与历史不同",
    Code.NO_HISTORY: "台账有此流，而 Temporal 中应在的流程没有了",
    Code.UNSOUND: "台账中此流自身核验不通过",
    Code.REFUSED: "台账拒收了事件，流程停在那里",
    Code.RECOVERED: "已结束的流程有未入账的事件",
    Code.UNRECOVERABLE: "已结束的流程有未入账的事件，且不能补记",
    Code.TERMINATED: "流程被强行终止",
    Code.RESET: "流程被重置",
    Code.SIGNALLED: "流程收到并非本系统所发的信号",
    Code.UPDATED: "绕过本系统，用运维工具向流程发送了操作",
    Code.CANCELLED: "流程被取消，而没有事件记载",
    Code.FAILED: "流程失败或超时结束，而没有事件记载",
    Code.WEDGED: "流程停滞：其代码反复出错",
    Code.UNREADABLE: "历史不能解码",
    Code.NOT_REPLAYABLE: "历史不能以现行代码重放",
    Code.DIVERGED: "重放所得的事件与当时入账的不同",
}

TODO: dict[Code, str] = {
    Code.MISSING: "有人删除了台账行：停用数据库所有者账号，以自存检查点核验，从备份取证",
    Code.DIFFERENT: "有人改过台账行：处置同上",
    Code.EXTRA: "有人向台账插入了行：处置同上",
    Code.ORDER: "有人调换了台账行：处置同上",
    Code.NO_HISTORY: "查 Temporal 中删除流程的记录；或台账被插入了整条流",
    Code.UNSOUND: "运行 mianzheng trail 办件编号 看是哪一行，处置同上",
    Code.REFUSED: "看该流最后的事件；查明是谁先写了那个位置",
    Code.RECOVERED: "已补记；与终止的原因一并查明，决定是否重新收件",
    Code.UNRECOVERABLE: "以历史和重放结果人工留存，查明原因",
    Code.TERMINATED: "查明何人、凭何命令；有据的以 mianzheng audit explain 说明",
    Code.RESET: "查明何人、凭何命令；有据的以 mianzheng audit explain 说明",
    Code.SIGNALLED: "查明何人所发、造成了什么；有据的以 mianzheng audit explain 说明",
    Code.UPDATED: "查明何人所发、造成了什么；有据的以 mianzheng audit explain 说明",
    Code.CANCELLED: "查明何人、凭何命令；有据的以 mianzheng audit explain 说明",
    Code.FAILED: "看该运行的失败原因；修复后重新收件",
    Code.WEDGED: "看 Temporal 界面中的错误；修复代码并发布，流程自会继续",
    Code.UNREADABLE: "把当时的密钥放回 temporal.codec_keys；仍不能解码的，历史被改动过",
    Code.NOT_REPLAYABLE: "以当时版本的代码重放；仍不能的，历史被改动过",
    Code.DIVERGED: "代码在版本之间改变了记载的内容，或历史被改动过",
}

AGREES = "对账一致：{workflows} 个流程、{runs} 次运行、{events} 条事件，没有发现不符"
DISAGREES = "对账发现 {count} 处不符：{workflows} 个流程、{runs} 次运行、{events} 条事件"
PAST = "{past} 条事件的历史已过保存期，无从对账"
ERASED = "{erased} 项个人数据的当事人已被清除，无从比对原值"
EXPLAINED = "{explained} 处干预已有说明"
MORE = "只列出前 {shown} 处"
