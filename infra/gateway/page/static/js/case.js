// One case: its timeline, its clocks, and its proofs checked here.

import { ask } from "./door.js";
import { h, say, show, table } from "./dom.js";
import { downloads } from "./downloads.js";
import { BROKEN, check, NOT_PROVED, PROVED } from "./proofs.js";
import { choices } from "./search.js";
import { code, duration, moment, number, t } from "./words.js";

export async function caseView([no]) {
  const at = `/applications/${encodeURIComponent(no ?? "")}`;
  const [{ sound, findings, timeline }, known] = await Promise.all([ask(`${at}/timeline`), choices()]);
  const names = new Map(known.departments.map((each) => [each.department, each.name]));
  const entries = timeline.sections.flatMap((section) => section.entries);
  const marks = new Map(entries.map((entry) => [entry.event_id, h("span", { class: "proof pending", title: t("proof_pending") }, "…")]));
  const verdict = h("section", { class: "card verdict", "aria-live": "polite" });
  const proving = () => prove(at, entries, marks, verdict);
  const replaced = entries.filter((entry) => entry.superseded).length;
  const page = [
    heading(timeline),
    verdict,
    !sound && broken(findings),
    h("div", { class: "columns" }, facts(timeline, entries), clocks(timeline)),
    downloads(timeline.application_no, () => rowsOf(timeline, names)),
    replaced > 0 && h("p", { class: "notice" }, t("superseded_note", { n: number(replaced) })),
    h("h2", {}, t("timeline")),
    ...timeline.sections.map((each) => section(each, marks, names)),
  ];
  proving().catch(() => show(verdict, h("p", { class: "notice bad", role: "alert" }, t("proofs_not_reached")), again(proving)));
  return page;
}

const heading = (timeline) =>
  h("div", { class: "heading" },
    h("h1", {}, h("span", { class: "mono" }, timeline.application_no)),
    h("p", { class: "lead" }, timeline.item_name ?? timeline.item_code ?? "", timeline.department_name && ` · ${timeline.department_name}`),
    h("button", { type: "button", class: "noprint", onclick: () => print() }, t("print")),
  );

const broken = (findings) =>
  h("section", { class: "notice bad", role: "alert" },
    h("strong", {}, t("chain_broken")),
    h("ul", {}, findings.map((each) => h("li", {}, `${each.stream} #${each.position}：${each.detail}`))));

function facts(timeline, entries) {
  const requirements = timeline.sections.filter((each) => each.kind === "requirement");
  const rows = [
    ["events", number(entries.length)],
    ["from", moment(entries.map((entry) => entry.at).sort()[0])],
    ["until", moment(entries.map((entry) => entry.at).sort().at(-1))],
    ["catalogue", timeline.catalogue_version ?? "—"],
  ];
  return h("section", { class: "card" },
    h("h2", {}, t("summary")),
    h("dl", { class: "facts" }, rows.map(([key, value]) => [h("dt", {}, t(key)), h("dd", {}, value)])),
    requirements.length > 0 && h("ul", { class: "requirements" }, requirements.map((each) =>
      h("li", {}, h("span", { class: `result ${each.result ?? ""}` }, each.result ? code("events", each.result) : t("open")), each.names.join(t("or")) || each.key))));
}

function clocks(timeline) {
  if (!timeline.clocks.length) return h("section", { class: "card" }, h("h2", {}, t("clocks")), h("p", { class: "muted" }, t("no_clocks")));
  const heads = ["clock", "whose_turn", "from", "due", "ran", "state"].map((key) => t(key));
  const rows = timeline.clocks.map((each) =>
    h("tr", { class: each.colour ?? "" },
      h("th", { scope: "row" }, code("clocks", each.kind), each.step && h("div", { class: "muted small" }, code("steps", each.step))),
      h("td", {}, each.who ?? timeline.department_name ?? "—", each.task && h("div", { class: "muted small" }, each.task)),
      h("td", { class: "time" }, moment(each.started_at)),
      h("td", { class: "time" }, moment(each.due_at), h("div", { class: "muted small" }, t("working_days_n", { n: each.working_days }), each.due_provisional && t("provisional"))),
      h("td", { class: "time" }, duration(Math.max(0, (Date.parse(each.ended_at ?? new Date().toISOString()) - Date.parse(each.started_at)) / 1000))),
      h("td", {}, h("span", { class: `state ${each.state}` }, t(`state_${each.state}`)),
        each.colour && h("span", { class: `colour ${each.colour}` }, code("rungs", each.colour)),
        each.held_by && h("div", { class: "muted small" }, t("held_by", { who: each.held_by })))));
  return h("section", { class: "card wide" }, h("h2", {}, t("clocks")), table(t("clocks"), heads, rows, { class: "clocks" }));
}

const titleOf = (each) => (each.kind === "stage" ? t(`stage_${each.key}`) : each.names.join(t("or")) || each.key);

function section(each, marks, names) {
  const title = titleOf(each);
  return h("section", { class: "card section", "aria-label": title },
    h("h3", {}, title,
      each.kind === "requirement" && h("span", { class: "muted small mono" }, each.key),
      each.result && h("span", { class: `result ${each.result}` }, code("events", each.result))),
    h("ol", { class: "timeline" }, each.entries.map((entry) => event(entry, marks, names))));
}

function event(entry, marks, names) {
  return h("li", { class: `event ${entry.tone} ${entry.colour ?? ""} ${entry.superseded ? "superseded" : ""}`, "data-event": entry.event_id },
    h("time", { datetime: entry.at }, moment(entry.at)),
    h("div", { class: "what" },
      h("p", { class: "title" },
        h("strong", {}, code("events", entry.type)),
        entry.superseded && h("span", { class: "tag" }, t("superseded")),
        entry.colour && h("span", { class: `colour ${entry.colour}` }, code("rungs", entry.colour)),
        entry.clauses.map((clause) => h("span", { class: "clause", title: t("policy") }, clause)),
        entry.actor === null && h("span", { class: "tag bad" }, t("unreadable"))),
      lines(entry.said),
      entry.erased > 0 && h("p", { class: "hidden" }, t("erased", { n: entry.erased })),
      entry.masked > entry.erased && h("p", { class: "hidden" }, t("masked", { n: entry.masked - entry.erased }))),
    h("div", { class: "who" }, who(entry, names)),
    h("div", { class: "took" }, entry.took && [h("span", {}, duration(entry.took.seconds)), h("div", { class: "muted small" }, t("since", { what: entry.took.since === "question" ? t("asked") : code("events", entry.took.since) }))]),
    h("div", { class: "mark" }, marks.get(entry.event_id)));
}

function who(entry, names) {
  if (entry.actor === null) return "—";
  return [
    h("span", {}, code("actors", entry.actor)),
    entry.department && h("div", { class: "small" }, names.get(entry.department) ?? entry.department),
    entry.actor !== "system" && h("div", { class: "muted small mono" }, entry.actor_id),
  ];
}

function lines(said) {
  const rungs = said.filter((line) => line.words === "rung");
  const others = said.filter((line) => line.words !== "rung" && line.words !== "rungs");
  return [
    others.length > 0 && h("dl", { class: "said" }, others.map((line) => h("div", { class: line.text.length > 60 ? "long" : null }, h("dt", {}, t(`said_${line.label}`)), h("dd", {}, value(line))))),
    rungs.length > 0 && h("details", { class: "rungs" }, h("summary", {}, t("rungs", { n: rungs.length })),
      h("ol", {}, rungs.map((line) => {
        const [route, reason] = line.text.split(" ");
        return h("li", {}, h("strong", {}, code("routes", route)), " ", code("reasons", reason), " ", h("span", { class: "clause" }, line.clause));
      }))),
  ];
}

function value(line) {
  if (line.words === "moment") return moment(line.text);
  if (line.words === "truth") return t(line.text === "true" ? "yes" : "no");
  if (line.words === "digest") return `${line.text.slice(0, 16)}…`;
  if (line.words === "" || line.words === "day") return line.text;
  return code(line.words, line.text);
}

const HEADS = ["at", "section", "event", "actor", "actor_id", "department", "details", "clauses", "took", "colour", "superseded", "event_id", "stream", "position"];

/** The timeline as lines of a table. */
function rowsOf(timeline, names) {
  const line = (title, entry) => [
    entry.at, title, code("events", entry.type), code("actors", entry.actor), entry.actor_id ?? "",
    names.get(entry.department) ?? entry.department ?? "",
    entry.said.filter((each) => each.words !== "rung").map((each) => `${t(`said_${each.label}`)}${t("colon")}${value(each)}`).join(t("semicolon")),
    entry.clauses.join(t("and")), entry.took ? Math.round(entry.took.seconds) : "", code("rungs", entry.colour),
    t(entry.superseded ? "yes" : "no"), entry.event_id, entry.stream, entry.position,
  ];
  return [HEADS.map((head) => t(`head_${head}`)), ...timeline.sections.flatMap((each) => each.entries.map((entry) => line(titleOf(each), entry)))];
}

const again = (proving) => h("button", { type: "button", class: "noprint", onclick: () => proving().catch(() => {}) }, t("check_again"));

/** Bring the first event that does not hold before the reader, and the keyboard with him. */
function firstBroken(marks) {
  const event = [...marks.values()].find((mark) => mark.classList.contains(BROKEN))?.closest(".event");
  event?.setAttribute("tabindex", "-1");
  event?.focus();
  event?.scrollIntoView({ block: "center" });
}

const SIGNS = { [PROVED]: "✓", [NOT_PROVED]: "○", [BROKEN]: "✗" };

async function prove(at, entries, marks, verdict) {
  show(verdict, h("p", { class: "muted" }, t("proving")));
  const proofs = await ask(`${at}/proofs`);
  const found = await check(proofs, entries);
  const counts = { [PROVED]: 0, [NOT_PROVED]: 0, [BROKEN]: 0 };
  for (const [id, each] of found.events) {
    counts[each] += 1;
    const mark = marks.get(id);
    mark.className = `proof ${each}`;
    mark.title = t(`proof_${each}`);
    show(mark, h("span", { "aria-hidden": "true" }, SIGNS[each]), h("span", { class: "visually-hidden" }, t(`proof_${each}`)));
  }
  const worst = counts[BROKEN] || found.signature === BROKEN ? BROKEN : counts[NOT_PROVED] ? NOT_PROVED : PROVED;
  const text = t(`verdict_${worst}`, { proved: number(counts[PROVED]), open: number(counts[NOT_PROVED]), broken: number(counts[BROKEN]) });
  const details = [
    found.here ? t("checked_here") : t(proofs.head === null ? "no_head" : "checked_there"),
    proofs.head && t(`signature_${found.signature}`, { origin: proofs.head.key.split("+")[0], size: number(found.size) }),
    proofs.head && (found.witnesses.length ? t("witnessed_by", { who: found.witnesses.join(t("and")) }) : t("no_witness")),
    t("proof_limits"),
  ];
  show(verdict,
    h("div", { class: `seal ${worst}` }, h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[worst]),
      h("div", {}, h("h2", {}, t("proofs")), h("p", { class: "strong" }, text),
        counts[BROKEN] > 0 && h("button", { type: "button", class: "noprint plain", onclick: () => firstBroken(marks) }, t("to_broken")))),
    h("ul", { class: "muted small" }, details.filter(Boolean).map((each) => h("li", {}, each))),
    again(() => prove(at, entries, marks, verdict)));
  say(text);
}
