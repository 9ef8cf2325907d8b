// What can be taken away of a case: asked for, made beside the door, fetched when it is done.

import { ask, Problem, save, send, take } from "./door.js";
import { h, say, show } from "./dom.js";
import { code, number, t } from "./words.js";

const POLL_MS = 700;
const OVER = ["done", "refused", "failed"];

/** `rows` are the lines of the table that is shown: a first one of heads, then one for each event. */
export function downloads(no, rows) {
  const told = h("p", { class: "small", role: "status" });
  const button = (key, action) => h("button", { type: "button", onclick: (event) => run(event.target, told, action) }, t(key));
  return h("section", { class: "card downloads noprint", "aria-label": t("downloads") },
    h("strong", {}, t("downloads")),
    button("download_bundle", (tell) => made({ applications: [no], format: "bundle" }, tell)),
    button("download_csv", () => csv(no, rows())),
    button("download_json", () => json(no)),
    told);
}

async function run(button, told, action) {
  button.disabled = true;
  told.className = "small";
  show(told, t("download_begun"));
  try {
    await action((text) => show(told, text));
    show(told, t("download_done"));
    say(t("download_done"));
  } catch (error) {
    told.className = "small notice bad";
    show(told, error instanceof Problem ? error.message : t("not_reached"));
  } finally {
    button.disabled = false;
  }
}

async function json(no) {
  const trail = await ask(`/applications/${encodeURIComponent(no)}/trail`);
  save(new Blob([JSON.stringify(trail, null, 2)], { type: "application/json" }), `${no}.json`);
}

/** As spreadsheets want it: RFC 4180 with a byte order mark, and nothing that they would take for a formula. */
function csv(no, rows) {
  const cell = (value) => `"${String(value).replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
  const text = rows.map((row) => row.map(cell).join(",")).join("\r\n");
  save(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" }), `${no}.csv`);
}

/** An export, until it is done.  Throws Problem with what the maker said where it is not made. */
async function made(request, tell) {
  let job = await send("/exports", request);
  while (!OVER.includes(job.state)) {
    tell(t("download_state", { state: code("jobs", job.state), events: number(job.events) }));
    await new Promise((done) => setTimeout(done, POLL_MS));
    job = await ask(`/exports/${encodeURIComponent(job.export_id)}`);
  }
  if (job.state !== "done") throw new Problem(409, { code: job.code, title: job.message ?? t("download_failed") });
  await take(job.file, job.file_name);
}
