// Elements are made here and nowhere from markup: whatever a text holds, it stays a text.

/** An element; `props` are properties, `class`, `data-…`, `aria-…`, `on…`; children are elements or texts. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (/^(aria-|data-)|^(role|for|scope|colspan|href|lang|datetime|download)$/.test(name))
      element.setAttribute(name, value);
    else element[name] = value;
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child instanceof Node) element.append(child);
    else if (child !== undefined && child !== null && child !== false && child !== "") element.append(plain(String(child)));
  }
}

/** Characters that turn a line around would make a text read as another: they are shown by their number. */
const plain = (text) =>
  text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (each) => `[U+${each.charCodeAt(0).toString(16).toUpperCase()}]`);

/** Put other content into an element. */
export function show(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Tell those who do not see the page. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** A labelled field. */
export function field(label, control) {
  return h("label", { class: "field" }, h("span", {}, label), control);
}

/** A table with a caption for those who do not see it. */
export function table(caption, heads, rows, props = {}) {
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      props,
      h("caption", { class: "visually-hidden" }, caption),
      h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col", class: head.class }, head.text ?? head)))),
      h("tbody", {}, ...rows),
    ),
  );
}
