"""What a workbook shows of a case, its requirements and its deadlines (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from infra.audit.reading.case import ReadCase, moment, objects, text
from schemas.clock import COUNTY_TIME
from schemas.texts import zh, zh_export
from schemas.texts.zh_export import SETTLED


def case_row(case: ReadCase) -> tuple[str | int, ...]:
    """A case, under the columns of its sheet."""
    told: dict[str, str] = {}
    standings: dict[str, str] = {}
    last = None
    for event in case.standing:
        body, last = event.body, event
        match event.type:
            case "application_received":
                told |= {"item": text(body.get("item_code")), "received": text(body.get("received_at"))}
            case "application_admitted":
                told |= {
                    "name": text(body.get("item_name")),
                    "department": text(body.get("department_name") or body.get("department")),
                    "catalogue": text(objects(body.get("catalogue")).get("version")),
                }
                raised = body.get("requirements")
                for each in map(objects, raised if isinstance(raised, list) else ()):
                    standings.setdefault(text(each.get("key")), zh_export.OPEN)
            case "application_accepted":
                told["accepted"] = event.occurred_at
            case "decision_reported":
                told["decision"] = zh.DECISIONS.get(text(body.get("decision")), text(body.get("decision")))
            case kind if kind in SETTLED and event.requirement:
                standings[event.requirement] = SETTLED[kind]
    kept = list(standings.values())
    return (
        case.application_no,
        *(told.get(name, "") for name in ("item", "name", "department", "catalogue")),
        shown(told.get("received", "")),
        shown(told.get("accepted", "")),
        told.get("decision", ""),
        len(kept),
        sum(each in ("免提交", "先行免提交") for each in kept),
        kept.count("不能免提交"),
        len(case.events),
        last.name if last else "",
        shown(last.occurred_at) if last else "",
    )


def evidence_rows(case: ReadCase) -> Iterator[tuple[str, ...]]:
    """Each requirement: what came of it, on which route, and which sources were tried before."""
    rows: dict[str, list[str]] = {}
    tried: dict[str, list[str]] = {}
    for event in case.standing:
        body, key = event.body, event.requirement
        raised = body.get("requirements") if event.type == "application_admitted" else None
        for each in map(objects, raised if isinstance(raised, list) else ()):
            names = each.get("names")
            said = "、".join(map(text, names)) if isinstance(names, list) else ""
            rows.setdefault(text(each.get("key")), [said, zh_export.OPEN, "", "", "", ""])
        if not key:
            continue
        row = rows.setdefault(key, [text(body.get("evidence")), zh_export.OPEN, "", "", "", ""])
        if event.type == "attempt_made":
            answer = zh.OUTCOMES.get(event.outcome, event.outcome)
            tried.setdefault(key, []).append(f"{zh.ROUTES.get(event.route, event.route)}：{answer}")
        elif event.type in SETTLED:
            row[1], row[5] = SETTLED[event.type], shown(event.occurred_at)
            if event.route:
                row[2:5] = [
                    zh.ROUTES.get(event.route, event.route),
                    text(body.get("basis")),
                    text(body.get("evidence_digest")),
                ]
    for key, (name, result, route, basis, digest, at) in rows.items():
        yield case.application_no, key, name, result, route, basis, "；".join(tried.get(key, ())), digest, at


def deadline_rows(case: ReadCase) -> Iterator[tuple[str, ...]]:
    """Each task: whose it was, by when, which alarms fired, how and when it was closed, and whether too late."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for event in case.standing:
        body, key = event.body, (event.stream, text(event.body.get("assignment")))
        if event.type == "assignment_opened":
            step = text(body.get("step"))
            rows[key] = {
                "task": text(body.get("task")),
                "step": zh.STEPS.get(step, step),
                "who": text(objects(body.get("assignee")).get("name")),
                "opened": event.occurred_at,
                "due": text(body.get("due_at")),
                "provisional": zh_export.PROVISIONAL if body.get("due_provisional") is True else "",
            }
        elif (row := rows.get(key)) is None:
            continue
        elif event.type == "due_changed":
            row["due"] = text(body.get("due_at")) or row["due"]
        elif event.type == "assignment_reassigned":
            row["who"] = text(objects(body.get("assignee")).get("name")) or row["who"]
        elif event.type == "rung_fired":
            rung = text(body.get("rung"))
            row["rungs"] = "、".join(filter(None, (row.get("rungs"), zh.RUNGS.get(rung, rung))))
        elif event.type == "assignment_closed":
            how = text(body.get("how"))
            row |= {"how": zh.CLOSINGS.get(how, how), "closed": event.occurred_at}
    for row in rows.values():
        closed, due = moment(row.get("closed", "")), moment(row["due"])
        late = zh_export.YES if closed and due and closed > due else ""
        words = [row.get(name, "") for name in ("task", "step", "who")]
        yield (
            case.application_no, *words, shown(row["opened"]), shown(row["due"]), row["provisional"],
            row.get("rungs", ""), row.get("how", ""), shown(row.get("closed", "")), late,
        )  # fmt: skip


def shown(told: str) -> str:
    """A moment as staff read it; what is none stays as it is."""
    at = moment(told)
    return told if at is None else f"{at.astimezone(COUNTY_TIME):%Y-%m-%d %H:%M:%S}"
