// The league table: departments of a month side by side, down to their items and cases, and where the gaps are.

import { ask, path } from "./door.js";
import { bars } from "./charts.js";
import { field, h, table } from "./dom.js";
import { choices } from "./search.js";
import { code, number, share, t } from "./words.js";

const hours = (value) => (value === null ? "—" : t("hours", { n: number(value, 1) }));
const alarms = (figures) => figures.colours.blue + figures.colours.orange + figures.colours.red - figures.colours.annulled;

/** The columns: how a figure is read, how it is written, and whether more of it is worse. */
const COLUMNS = {
  received: { of: (f) => f.cases.received, write: number },
  exempted_rate: { of: (f) => f.evidence.exempted_rate, write: share },
  on_time_rate: { of: (f) => f.verification.on_time_rate, write: share },
  median_hours: { of: (f) => f.verification.median_hours, write: hours, less: true },
  overdue: { of: (f) => f.verification.overdue, write: number, less: true },
  colours: { of: alarms, write: number, less: true },
  same_day_rate: { of: (f) => f.aggregation.rate, write: share },
  broken: { of: (f) => f.commitments.broken, write: number, less: true },
  complaints: { of: (f) => f.complaints, write: number, less: true },
};

const thisMonth = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7);

function days(month) {
  const [year, number_] = month.split("-").map(Number);
  return { from: `${month}-01`, to: new Date(Date.UTC(year, number_, 0)).toISOString().slice(0, 10) };
}

export async function leagueView([department], params) {
  const month = /^20\d\d-(0[1-9]|1[0-2])$/.test(params.get("month") ?? "") ? params.get("month") : thisMonth();
  const sort = params.get("sort") in COLUMNS ? params.get("sort") : "exempted_rate";
  const period = days(month);
  const [figures, gaps, known] = await Promise.all([
    ask("/statistics", { ...period, by: department ? "item" : "department" }),
    department ? null : ask("/statistics/gaps", period),
    choices(),
  ]);
  const mine = new Map(known.items.filter((item) => item.department === department).map((item) => [item.item_code, item.name]));
  const rows = ranked(department ? figures.rows.filter((row) => mine.has(row.key)) : figures.rows, sort);
  const name = known.departments.find((each) => each.department === department)?.name ?? department;
  const here = `#/league${department ? `/${encodeURIComponent(department)}` : ""}`;
  return [
    h("div", { class: "heading" },
      h("h1", {}, department ? t("league_of", { name }) : t("league")),
      h("p", { class: "lead" }, t("league_lead", { index: number(figures.as_of + 1) })),
      h("button", { type: "button", class: "noprint", onclick: () => print() }, t("print"))),
    h("form", { class: "card downloads", onsubmit: (event) => event.preventDefault() },
      department && h("a", { class: "button", href: path("#/league", { month, sort }) }, t("all_departments")),
      field(t("month"), h("input", { type: "month", name: "month", value: month, min: "2024-01", max: thisMonth(),
        onchange: (event) => event.target.value && (location.hash = path(here, { month: event.target.value, sort })) }))),
    rows.length
      ? [league(rows, { month, sort, here, department, period }), !department && pictures(rows, sort)]
      : h("p", { class: "card muted" }, t("no_figures")),
    gaps && gapList(gaps),
  ];
}

/** Best first; who has no figure stands last. */
function ranked(rows, sort) {
  const { of, less } = COLUMNS[sort];
  const value = (row) => of(row.figures) ?? (less ? Infinity : -Infinity);
  const sign = less ? 1 : -1;
  return [...rows].sort((a, b) => (value(a) === value(b) ? 0 : sign * (value(a) < value(b) ? -1 : 1)) || a.key.localeCompare(b.key));
}

function league(rows, { month, sort, here, department, period }) {
  const heads = [
    { text: t("rank"), class: "figure" },
    t(department ? "item" : "department"),
    ...Object.keys(COLUMNS).map((key) => ({
      class: "figure",
      text: h("a", { href: path(here, { month, sort: key }), "aria-current": key === sort ? "true" : null, title: t(`about_${key}`) }, t(`figure_${key}`)),
    })),
  ];
  const down = (row) =>
    department
      ? path("#/cases", { item_code: row.key, received_from: period.from, received_before: period.to })
      : path(`#/league/${encodeURIComponent(row.key)}`, { month, sort });
  const { of } = COLUMNS[sort];
  // Equal figures have equal places; who has no figure has none.
  const place = (row) => (of(row.figures) === null ? "—" : String(rows.findIndex((each) => of(each.figures) === of(row.figures)) + 1));
  const body = rows.map((row) =>
    h("tr", {},
      h("td", { class: "figure muted" }, place(row)),
      h("th", { scope: "row" }, row.key ? h("a", { href: down(row) }, row.name || row.key) : t("nobody")),
      ...Object.entries(COLUMNS).map(([key, { of, write }]) => h("td", { class: key === sort ? "figure chosen" : "figure" }, write(of(row.figures))))));
  return h("section", { class: "card", "aria-label": t("league") }, table(t("league"), heads, body, { class: "league" }));
}

const WAYS = ["cancellation", "data_sharing", "collaboration", "service"];

function pictures(rows, sort) {
  const top = rows.filter((row) => COLUMNS[sort].of(row.figures) !== null).slice(0, 12);
  const withWays = rows.filter((row) => row.figures.evidence.exempted > 0).slice(0, 12);
  const names = (some) => some.map((row) => row.name || row.key || t("nobody"));
  return h("div", { class: "pictures" },
    top.length > 0 && h("section", { class: "card" },
      bars(t(`figure_${sort}`), names(top), [{ name: t(`figure_${sort}`), values: top.map((row) => COLUMNS[sort].of(row.figures)) }], COLUMNS[sort].write, COLUMNS[sort].write === number ? 1 : 0)),
    withWays.length > 0 && h("section", { class: "card" },
      bars(t("by_way"), names(withWays),
        WAYS.map((way) => ({
          name: code("ways", way), values: withWays.map((row) => row.figures.evidence.exempted_by_way[way] ?? 0) })),
        number, 1)));
}

function gapList(gaps) {
  if (!gaps.rows.length) return h("section", { class: "card" }, h("h2", {}, t("gaps")), h("p", { class: "muted" }, t("no_gaps")));
  const rows = gaps.rows.slice(0, 50);
  const most = rows.slice(0, 10);
  const heads = [{ text: t("rank"), class: "figure" }, t("evidence"), t("issuer"), t("route"), { text: t("failed"), class: "figure" }, t("reasons")];
  return h("section", { class: "card" },
    h("h2", {}, t("gaps")),
    h("p", { class: "muted" }, t("gaps_lead")),
    bars(t("gaps_chart"), most.map((gap) => `${gap.evidence_name} · ${code("routes", gap.route)}`), [{ name: t("failed"), values: most.map((gap) => gap.failed) }], number, 1),
    table(t("gaps"), heads, rows.map((gap, index) =>
      h("tr", {},
        h("td", { class: "figure muted" }, String(index + 1)),
        h("th", { scope: "row" }, gap.evidence_name),
        h("td", {}, gap.issuer_name || gap.issuer || "—"),
        h("td", {}, code("routes", gap.route)),
        h("td", { class: "figure" }, number(gap.failed)),
        h("td", { class: "small" }, Object.entries(gap.reasons).map(([reason, count]) => `${code("reasons", reason)} ${number(count)}`).join(t("semicolon")))))));
}
