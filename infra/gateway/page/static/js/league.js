// The league table of departments.

import { h } from "./dom.js";
import { t } from "./words.js";

export async function leagueView() {
  return [h("h1", {}, t("league"))];
}
