// The newest dead letters with their reasons. Their messages carry no text of a record.

import { byId, element } from "./dom.js";
import { shorten, time } from "./format.js";

const MOST = 100;

/** Shows dead letters, newest first. */
export function showDeadLetters(letters) {
  const newest = letters.slice(-MOST).sort((a, b) => b.timestampMillis - a.timestampMillis);
  byId("dead-list").replaceChildren(...newest.map(line));
}

/** Says that there are none, as soon as that is known. */
export function showNoDeadLetters(areNone) {
  byId("dead-empty").hidden = !areNone;
}

function line({ timestampMillis, stage, reason, message, position }) {
  return element(
    "li",
    {},
    element("span", { className: "when", textContent: time(timestampMillis) }),
    element("span", { className: "reason", textContent: [stage, reason].filter(Boolean).join(": ") }),
    element("span", { className: "message", dir: "auto", textContent: shorten(message ?? "", 1000) }),
    element("span", { className: "when", dir: "auto", textContent: position ?? "" }),
  );
}
