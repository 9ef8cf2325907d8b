// The HTTP door: asked with the token that the officer gave, which stays in this tab and is never a cookie.

const KEPT = "mianzheng.token";

/** What the door refused: `code` is stable, `title` is for people. */
export class Problem extends Error {
  constructor(status, problem) {
    super(problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? `http_${status}`;
    this.errors = problem.errors ?? [];
  }
}

export const signedIn = () => sessionStorage.getItem(KEPT) !== null;
export const signOut = () => sessionStorage.removeItem(KEPT);

/** Keep a token if the door takes it.  Throws Problem. */
export async function signIn(token) {
  const plain = token.trim().replace(/^Bearer\s+/i, "");
  if (!/^[\x21-\x7e]+$/.test(plain)) throw new Problem(401, { code: "no_token" });
  await answer("/applications?limit=1", {}, plain);
  sessionStorage.setItem(KEPT, plain);
}

/** Who the token says it is for: shown, never relied on. */
export function bearer() {
  try {
    const body = sessionStorage.getItem(KEPT).split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(body), (each) => each.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub ?? "");
  } catch {
    return "";
  }
}

async function answer(path, options = {}, token = sessionStorage.getItem(KEPT)) {
  const headers = { accept: "application/json", ...options.headers, authorization: `Bearer ${token}` };
  const found = await fetch(path, { ...options, headers, credentials: "omit", cache: "no-store", redirect: "error" });
  if (found.ok) return found;
  let problem = {};
  try {
    problem = await found.json();
  } catch {
    // not a problem of the door's own: the status says enough
  }
  if (found.status === 401 && token === sessionStorage.getItem(KEPT)) signOut();
  throw new Problem(found.status, problem);
}

/** A path with the parameters that are set. */
export function path(base, params = {}) {
  const set = Object.entries(params).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return set.length ? `${base}?${new URLSearchParams(set)}` : base;
}

/** The answer to a question.  Throws Problem. */
export const ask = async (where, params) => (await answer(path(where, params))).json();

/** What a request comes to.  Throws Problem. */
export const send = async (where, body) =>
  (await answer(where, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } })).json();

/** Take a file away under a name.  Throws Problem. */
export async function take(where, name) {
  save(await (await answer(where, { headers: { accept: "*/*" } })).blob(), name);
}

/** Give the browser a file to save. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
