// Cases: looked for by number, item, department and stage.

import { ask, path } from "./door.js";
import { field, h, say, show, table } from "./dom.js";
import { code, moment, number, t } from "./words.js";

const FILTERS = ["number", "item_code", "department", "stage", "received_from", "received_before"];
let offered;

/** Departments and items, asked once. */
export async function choices() {
  offered ??= await ask("/office/choices");
  return offered;
}

export async function searchView(_, params) {
  const found = await choices();
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? ""]));
  const input = (name, props) => h("input", { name, value: wanted[name], ...props });
  const select = (name, options) =>
    h("select", { name, value: wanted[name] }, h("option", { value: "" }, t("any")),
      ...options.map(([value, text]) => h("option", { value, selected: value === wanted[name] }, text)));
  const results = h("section", { "aria-label": t("results"), class: "card" });
  const form = h(
    "form",
    {
      class: "card filters", role: "search",
      onsubmit: (event) => {
        event.preventDefault();
        const set = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
        const next = path("#/cases", set);
        if (location.hash === next) dispatchEvent(new HashChangeEvent("hashchange"));
        else location.hash = next;
      },
    },
    field(t("number"), input("number", { type: "search", maxLength: 64, autocomplete: "off", placeholder: t("number_hint") })),
    field(t("item"), select("item_code", found.items.map((item) => [item.item_code, item.name]))),
    field(t("department"), select("department", found.departments.map((each) => [each.department, each.name]))),
    field(t("stage"), select("stage", STAGES.map((stage) => [stage, code("stages", stage)]))),
    field(t("received_from"), input("received_from", { type: "date" })),
    field(t("received_before"), input("received_before", { type: "date" })),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, t("search")), h("a", { class: "button", href: "#/cases" }, t("clear"))),
  );
  await list(results, wanted);
  return [h("h1", {}, t("cases")), form, results];
}

const STAGES = ["received", "refused", "establishing", "handed_over", "accepted", "decided", "not_accepted", "completed", "terminated", "withdrawn", "cancelled"];

/** The days are the county's. */
const day = (text, after = 0) =>
  text ? new Date(Date.parse(`${text}T00:00:00+08:00`) + after * 86_400_000).toISOString() : "";

async function list(results, wanted) {
  if (wanted.number && !/^[0-9A-Za-z_.-]{3,64}$/.test(wanted.number)) {
    show(results, h("p", { class: "notice bad", role: "alert" }, t("number_wrong")));
    return;
  }
  const asked = { ...wanted, received_from: day(wanted.received_from), received_before: day(wanted.received_before, 1), limit: 50 };
  const body = [];
  const draw = (page) => {
    body.push(...page.applications.map(row));
    const more = page.next && h("button", {
      type: "button",
      onclick: async (event) => {
        event.target.disabled = true;
        draw(await ask("/applications", { ...asked, cursor: page.next }));
      },
    }, t("more"));
    const heads = ["number", "item", "department", "stage", "standings", "received_at", "ended_at"].map((key) => t(key));
    show(
      results,
      h("h2", {}, t("found", { n: number(body.length) }), page.next ? t("and_more") : ""),
      body.length ? table(t("results"), heads, body, { class: "list" }) : h("p", { class: "muted" }, t("nothing_found")),
      more,
    );
    say(t("found", { n: number(body.length) }));
  };
  draw(await ask("/applications", asked));
}

function row(each) {
  const standings = Object.entries(each.standings).filter(([, count]) => count);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: `#/case/${encodeURIComponent(each.application_no)}`, class: "mono" }, each.application_no)),
    h("td", {}, each.item_name ?? each.item_code),
    h("td", {}, each.department_name ?? each.department ?? "—"),
    h("td", {}, h("span", { class: `stage ${each.stage}` }, code("stages", each.stage)), each.decision && ` ${code("decisions", each.decision)}`),
    h("td", {}, standings.map(([standing, count]) => h("span", { class: `standing ${standing}` }, `${code("standings", standing)} ${count}`))),
    h("td", { class: "time" }, moment(each.received_at)),
    h("td", { class: "time" }, each.ended_at ? moment(each.ended_at) : "—"),
  );
}
