// What can be taken away of a case.

import { ask, Problem, save } from "./door.js";
import { h, show } from "./dom.js";
import { t } from "./words.js";

export function downloads(no) {
  const told = h("p", { class: "small", role: "status" });
  const button = (key, action) => h("button", {
    type: "button",
    onclick: async (event) => {
      event.target.disabled = true;
      show(told, t("download_begun"));
      try {
        await action();
        show(told, t("download_done"));
      } catch (error) {
        show(told, error instanceof Problem ? error.message : t("not_reached"));
      } finally {
        event.target.disabled = false;
      }
    },
  }, t(key));
  return h("section", { class: "card downloads noprint", "aria-label": t("downloads") },
    h("strong", {}, t("downloads")),
    button("download_json", () => json(no)),
    told);
}

async function json(no) {
  const trail = await ask(`/applications/${encodeURIComponent(no)}/trail`);
  save(new Blob([JSON.stringify(trail, null, 2)], { type: "application/json" }), `${no}.json`);
}
