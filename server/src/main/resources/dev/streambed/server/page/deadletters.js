// The newest dead letters with their reasons. Their messages carry no text of a record.

import { byId, element } from "./dom.js";
import { shorten, time } from "./format.js";

const MOST = 100;

/** Shows dead letters, newest first. */
export function showDeadLetters(letters) {
  const rows = letters.slice(-MOST).sort((a, b) => b.timestampMillis - a.timestampMillis).map((letter) =>
    element(
      "tr",
      {},
      element("td", { textContent: time(letter.timestampMillis) }),
      element("td", { textContent: letter.stage ?? "" }),
      element("td", { className: "reason", textContent: letter.reason ?? "" }),
      element("td", { className: "message", dir: "auto", textContent: shorten(letter.message ?? "", 1000) }),
      element("td", { dir: "auto", textContent: letter.position ?? "" }),
    ),
  );
  byId("dead-rows").replaceChildren(...rows);
  byId("dead-table").hidden = rows.length === 0;
  byId("dead-empty").hidden = rows.length > 0;
}
