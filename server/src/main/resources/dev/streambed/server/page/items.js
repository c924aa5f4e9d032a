// One record in a list, and a list through which the arrow keys step.

import { element } from "./dom.js";
import { shorten, time, valueText } from "./format.js";

const MOST_CHIPS = 6;

/** A list item with a button that opens the record. `text` are nodes; a score comes first, if there is one. */
export function item(record, text, score) {
  const head = element("span", { className: "head" });
  if (score !== undefined) {
    head.append(element("span", { className: "score", textContent: score.toFixed(3), title: "Cosine similarity" }));
  }
  head.append(element("span", { dir: "auto", textContent: shorten(record.key ?? record.position, 200) }), ...chunk(record));
  if (record.timestampMillis) {
    head.append(element("span", { className: "end", textContent: time(record.timestampMillis) }));
  }
  const button = element("button", { type: "button", tabIndex: -1 }, head, ...body(record, text));
  button.dataset.id = record.id;
  return element("li", {}, button);
}

/** The text, or a word for its absence, and the metadata. */
export function body(record, text) {
  const shown = record.text === null || record.text === undefined
    ? element("span", { className: "none", textContent: "The record carries no text." })
    : record.text === ""
      ? element("span", { className: "none", textContent: "Empty text." })
      : element("span", { className: "text", dir: "auto" }, ...text);
  const names = Object.entries(record.metadata ?? {});
  if (names.length === 0) {
    return [shown];
  }
  const chips = names.slice(0, MOST_CHIPS).map(([name, value]) => element("span", {}, element("bdi", { textContent: shorten(name, 40) }), ": ", element("bdi", { textContent: shorten(valueText(value), 80) })));
  if (names.length > MOST_CHIPS) {
    chips.push(element("span", { textContent: `${names.length - MOST_CHIPS} more` }));
  }
  return [shown, element("span", { className: "chips" }, ...chips)];
}

/** "part 1 of 3" of a document, if the record is one. */
export function chunk(record) {
  return record.chunk ? [element("span", { textContent: `part ${record.chunk.index + 1} of ${record.chunk.count}` })] : [];
}

/** Lets a list be one stop of the Tab key, with the arrow keys, Home and End inside, and tells of the record that is chosen or pointed at. */
export function listen(list, { open, point }) {
  const buttons = () => Array.from(list.querySelectorAll("button"));
  list.addEventListener("keydown", (event) => {
    const all = buttons();
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined && all[to]) {
      event.preventDefault();
      all[to].focus();
    }
  });
  list.addEventListener("focusin", (event) => {
    buttons().forEach((button) => (button.tabIndex = button === event.target ? 0 : -1));
    point(Number(event.target.dataset.id));
  });
  list.addEventListener("focusout", () => point(null));
  list.addEventListener("pointerover", (event) => {
    const button = event.target.closest("button");
    point(button ? Number(button.dataset.id) : null);
  });
  list.addEventListener("pointerleave", () => point(null));
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) {
      open(Number(button.dataset.id));
    }
  });
}

/** Makes the first record the one that the Tab key reaches, unless another is. */
export function keepReachable(list) {
  if (!list.querySelector('button[tabindex="0"]')) {
    const first = list.querySelector("button");
    if (first) {
      first.tabIndex = 0;
    }
  }
}
