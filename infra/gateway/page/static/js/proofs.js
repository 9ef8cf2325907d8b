// The proofs of a case, checked in this browser (RFC 6962, RFC 9162 2.1.3.2, C2SP tlog-checkpoint and tlog-cosignature).
//
// What this shows holds against whoever rules the database, not against whoever serves this page: for that, take the
// bundle and check it with a program of your own (docs/audit.md).

export const PROVED = "proved";
export const NOT_PROVED = "not_proved";
export const BROKEN = "broken";
/** Cannot be computed here: only the server's word is given. */
export const UNCHECKED = "unchecked";

const SUITE = "sha256-ed25519";
const utf8 = new TextEncoder();

/** Bytes one after the other. */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const unbase64 = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
export const hex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
const same = (a, b) => a.length === b.length && a.every((each, index) => each === b[index]);
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** What a leaf of the log is: docs/audit.md. */
export async function leafHash(event) {
  const digest = hex(await sha256(utf8.encode(event.canonical)));
  // The members stand in the order of RFC 8785, whose texts and numbers are those of JSON.stringify.
  const data = { chain_hash: event.chain_hash, digest, position: event.position, stream: event.stream };
  return sha256(join(Uint8Array.of(0), utf8.encode(JSON.stringify(data))));
}

/** Whether a leaf is in the tree of `size` with this root. */
export async function included(index, size, leaf, path, root) {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  // Indexes are beyond 32 bits sooner or later: no bit operations.
  let at = index, last = size - 1, found = leaf;
  for (const each of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      found = await sha256(join(Uint8Array.of(1), each, found));
      while (at % 2 === 0 && at > 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      found = await sha256(join(Uint8Array.of(1), found, each));
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(found, root);
}

/** A checkpoint taken apart.  Throws where it is none. */
export function readNote(note) {
  const end = note.lastIndexOf("\n\n");
  const lines = note.slice(0, end).split("\n");
  if (end < 0 || lines.length < 3 || !/^(0|[1-9]\d{0,15})$/.test(lines[1])) throw new Error("no checkpoint");
  const signatures = note.slice(end + 2).trimEnd().split("\n").map((line) => {
    const [dash, name, signature] = line.split(" ");
    if (dash !== "—" || !signature) throw new Error("no signature line");
    return { name, bytes: unbase64(signature) };
  });
  return { text: `${note.slice(0, end)}\n`, origin: lines[0], size: Number(lines[1]), root: unbase64(lines[2]), signatures };
}

async function readKey(encoded) {
  const [name, id, ...rest] = encoded.split("+");
  const key = unbase64(rest.join("+"));
  const told = hex((await sha256(join(utf8.encode(`${name}\n`), key))).slice(0, 4));
  if (told !== id || key.length !== 33) throw new Error("no key of this suite");
  return { name, id, cosigns: key[0] === 4, public: key.slice(1) };
}

/** Whether a key signed a note; `UNCHECKED` where the browser knows no Ed25519. */
export async function signed(note, encoded) {
  const key = await readKey(encoded);
  const mine = note.signatures.filter((each) => each.name === key.name && hex(each.bytes.slice(0, 4)) === key.id);
  if (!mine.length) return NOT_PROVED;
  let usable;
  try {
    usable = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return UNCHECKED;
  }
  for (const { bytes } of mine) {
    let message = note.text, signature = bytes.slice(4);
    if (key.cosigns) {
      const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
      message = `cosignature/v1\ntime ${time}\n${note.text}`;
      signature = signature.slice(8);
    }
    if (!(await crypto.subtle.verify("Ed25519", usable, signature, utf8.encode(message)))) return BROKEN;
  }
  return PROVED;
}

/** Whether an entry of the timeline tells what the proved text says. */
export function tells(entry, event) {
  try {
    const kept = JSON.parse(event.canonical);
    return (
      entry.stream === event.stream && entry.position === event.position && kept.stream === event.stream &&
      kept.event_id === entry.event_id && kept.body.type === entry.type && kept.actor.kind === entry.actor &&
      kept.actor.actor_id === entry.actor_id && (kept.actor.department ?? null) === (entry.department ?? null) &&
      Date.parse(kept.occurred_at) === Date.parse(entry.at)
    );
  } catch {
    return false;
  }
}

/**
 * Check everything.  Gives `{here, signature, witnesses, size, events}`: `here` says whether this browser computed it
 * (else the verdicts are the server's), `events` is a Map of event id to its verdict.
 */
export async function check(proofs, entries) {
  const head = proofs.head;
  const told = new Map(proofs.events.map((event) => [event.event_id, event]));
  if (head === null) return { here: false, signature: NOT_PROVED, witnesses: [], size: 0, events: new Map(entries.map((e) => [e.event_id, NOT_PROVED])) };
  if (head.suite !== SUITE || !globalThis.crypto?.subtle) {
    const events = new Map(entries.map((entry) => [entry.event_id, told.get(entry.event_id)?.verdict ?? BROKEN]));
    return { here: false, signature: head.signature, witnesses: head.witnesses, size: head.size, events };
  }
  let note, signature;
  try {
    note = readNote(head.note);
    signature = await signed(note, head.key);
    if (signature === NOT_PROVED || note.origin !== head.key.split("+")[0]) signature = BROKEN;
  } catch {
    signature = BROKEN;
  }
  const witnesses = [];
  for (const key of signature === BROKEN ? [] : head.witness_keys) {
    try {
      if ((await signed(note, key)) === PROVED) witnesses.push(key.split("+")[0]);
    } catch {
      // a witness of another suite, or a false line: it witnesses nothing
    }
  }
  const events = new Map();
  for (const entry of entries) events.set(entry.event_id, await one(entry, told.get(entry.event_id), note, signature));
  return { here: true, signature, witnesses, size: note?.size ?? 0, events };
}

async function one(entry, event, note, signature) {
  if (event === undefined || signature === BROKEN || !tells(entry, event)) return BROKEN;
  if (event.index === null || event.index >= note.size) return NOT_PROVED;
  try {
    const path = event.path.map(unbase64);
    return (await included(event.index, note.size, await leafHash(event), path, note.root)) ? PROVED : BROKEN;
  } catch {
    return BROKEN;
  }
}
