// The dialog that shows one record whole.

import { byId, element } from "./dom.js";
import { requestJson } from "./api.js";
import { number, shorten, time } from "./format.js";
import { filtersOf } from "./search.js";
import { whole } from "./words.js";

const LONGEST_SIMILAR = 2000; // characters of a text that become a query

/** The dialog. `actions` has isWanted(), similar(text), showOnMap(id) and filter(name, value). */
export class Details {
  #dialog = byId("record");
  #actions;
  #id = null;
  #text = null;

  constructor(actions) {
    this.#actions = actions;
    byId("record-close").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog && !inside(event, this.#dialog)) {
        this.#dialog.close();
      }
    });
    byId("record-similar").addEventListener("click", () => this.#leave(() => actions.similar(shorten(this.#text, LONGEST_SIMILAR))));
    byId("record-show").addEventListener("click", () => this.#leave(() => actions.showOnMap(this.#id)));
  }

  /** Shows a record at once as far as it is known, then whole. */
  async open(id, known) {
    this.#id = id;
    this.#show(known ?? { text: "", metadata: {} });
    if (!this.#dialog.open) {
      this.#dialog.showModal();
      byId("record-close").focus();
    }
    try {
      const record = await requestJson(`records/${id}`);
      if (this.#id === id) {
        this.#show(record);
      }
    } catch (error) {
      if (this.#id === id) {
        byId("record-facts").append(element("dt", { textContent: "Note" }), element("dd", { className: "error", textContent: error.message }));
      }
    }
  }

  #leave(then) {
    this.#dialog.close();
    then();
  }

  #show(record) {
    this.#text = record.text ?? null;
    byId("record-heading").textContent = shorten(record.key ?? record.position ?? "Record", 120);
    byId("record-text").classList.toggle("none", !record.text);
    byId("record-text").replaceChildren(...(record.text ? whole(record.text, this.#actions.isWanted()) : ["The record carries no text."]));
    byId("record-similar").hidden = !record.text;
    byId("record-show").hidden = !this.#actions.isOnMap(this.#id);
    const facts = [
      ["Position", record.position],
      ["Time", record.timestampMillis ? time(record.timestampMillis) : null],
      ["Part", record.chunk ? `${record.chunk.index + 1} of ${record.chunk.count}` : null],
      ["Tokens", typeof record.tokens === "number" ? number(record.tokens) + (record.truncated ? ", truncated" : "") : null],
      ["Space", record.space],
    ];
    byId("record-facts").replaceChildren(
      ...filtersOf(record.metadata).flatMap(({ name, value }) => [element("dt", { dir: "auto", textContent: name }), element("dd", { dir: "auto" }, value, this.#filter(name, value))]),
      ...facts.filter(([, value]) => value !== null && value !== undefined).flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { textContent: value })]),
    );
  }

  #filter(name, value) {
    const button = element("button", { type: "button", textContent: "Filter" });
    button.setAttribute("aria-label", `Filter by ${name} = ${shorten(value, 80)}`);
    button.addEventListener("click", () => this.#leave(() => this.#actions.filter(name, value)));
    return button;
  }
}

function inside({ clientX, clientY }, dialog) {
  const box = dialog.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}
