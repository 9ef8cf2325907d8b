// The page: who is signed in, which view, which language.

import { bearer, Problem, signedIn, signIn, signOut } from "./door.js";
import { h, say, show } from "./dom.js";
import { caseView } from "./case.js";
import { leagueView } from "./league.js";
import { searchView } from "./search.js";
import { current, speak, t } from "./words.js";

const main = document.getElementById("main");
const VIEWS = { cases: searchView, case: caseView, league: leagueView };

/** `#/view/part?name=value`. */
function place() {
  const [where, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [view = "cases", ...parts] = where.split("/").filter(Boolean);
  return { view: view in VIEWS ? view : "cases", parts: parts.map(decodeURIComponent), params: new URLSearchParams(query) };
}

let turn = 0;

async function draw() {
  const mine = ++turn;
  const { view, parts, params } = place();
  chrome(view);
  if (!signedIn()) {
    show(main, signInView());
    return;
  }
  main.setAttribute("aria-busy", "true");
  try {
    const drawn = await VIEWS[view](parts, params);
    if (mine === turn) show(main, drawn);
  } catch (error) {
    if (mine !== turn) return;
    if (!signedIn()) {
      chrome(view);
      show(main, signInView(t("signed_out")));
    } else show(main, trouble(error));
  } finally {
    if (mine === turn) {
      main.removeAttribute("aria-busy");
      document.title = `${main.querySelector("h1")?.textContent ?? ""} · ${t("title")}`;
    }
  }
}

function trouble(error) {
  const text = error instanceof Problem ? said(error) : t("not_reached");
  if (!(error instanceof Problem)) console.warn(error.message);
  return h("section", { class: "card" }, h("h1", {}, t("trouble")), h("p", { class: "notice bad", role: "alert" }, text));
}

const said = (problem) =>
  current() === "zh" && problem.message ? problem.message : t(`problem_${problem.status}`, { code: problem.code });

function chrome(view) {
  const link = (name) =>
    h("a", { href: `#/${name}`, "aria-current": view === name || (name === "cases" && view === "case") ? "page" : null }, t(`nav_${name}`));
  const other = current() === "zh" ? "en" : "zh";
  const language = h("button", { type: "button", class: "plain", lang: other === "zh" ? "zh-CN" : "en", onclick: () => change(other) }, t("other_language"));
  const leave = h("button", { type: "button", class: "plain", onclick: () => { signOut(); location.hash = "#/cases"; draw(); } }, t("sign_out"));
  show(
    document.getElementById("top"),
    h("a", { class: "brand", href: "#/cases" }, h("span", { class: "mark", "aria-hidden": "true" }, "✓"), h("strong", {}, t("brand")), h("span", {}, t("title"))),
    signedIn() && h("nav", { "aria-label": t("nav") }, link("cases"), link("league")),
    h("div", { class: "who" }, signedIn() && h("span", { class: "muted" }, bearer()), language, signedIn() && leave),
  );
  document.getElementById("skip").textContent = t("skip");
  show(document.getElementById("foot"), t("foot"));
}

async function change(language) {
  await speak(language);
  await draw();
  say(t("language_changed"));
}

function signInView(why = "") {
  const token = h("textarea", { id: "token", rows: 4, spellcheck: false, autocomplete: "off", required: true, "aria-describedby": "token-help" });
  const wrong = h("p", { class: "notice bad", role: "alert", hidden: !why }, why);
  const form = h(
    "form",
    {
      class: "card narrow",
      onsubmit: async (event) => {
        event.preventDefault();
        wrong.hidden = true;
        try {
          await signIn(token.value);
          await draw();
          main.focus();
        } catch (error) {
          show(wrong, error instanceof Problem ? said(error) : t("not_reached"));
          wrong.hidden = false;
        }
      },
    },
    h("h1", {}, t("sign_in")),
    h("p", { class: "muted" }, t("sign_in_lead")),
    wrong,
    h("label", { for: "token" }, t("token")),
    token,
    h("p", { class: "muted small", id: "token-help" }, t("token_help")),
    h("button", { type: "submit", class: "primary" }, t("sign_in")),
  );
  return form;
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", () => draw().then(() => { main.focus({ preventScroll: true }); scrollTo(0, 0); }));
await speak();
await draw();
