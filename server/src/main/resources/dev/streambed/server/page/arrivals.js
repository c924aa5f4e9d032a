// The list of records as they arrive, newest first. It can be paused, and holds still while somebody points into it or steps through it.

import { byId } from "./dom.js";
import { count } from "./format.js";
import { item, keepReachable, listen } from "./items.js";

const MOST = 100; // records in the list
const MANY = 10;

/** Shows the newest records. */
export class Arrivals {
  #list = byId("stream");
  #pause = byId("pause");
  #empty = byId("stream-empty");
  #waiting = [];
  #paused = false;
  #pointedAt = false;
  #focused = false;
  #filled = false;

  /** False until the server has told what there is. */
  known = false;

  constructor(listener) {
    listen(this.#list, listener);
    this.#pause.addEventListener("click", () => {
      this.#paused = !this.#paused;
      this.#pause.setAttribute("aria-pressed", String(this.#paused));
      this.show();
    });
    this.#list.addEventListener("pointerenter", (event) => (this.#pointedAt = event.pointerType !== "touch"));
    this.#list.addEventListener("pointerleave", () => (this.#pointedAt = false));
    this.#list.addEventListener("focusin", () => (this.#focused = true));
    this.#list.addEventListener("focusout", () => (this.#focused = false));
  }

  /** True if more wait than anybody could read: then the list need not change several times per second. */
  get areMany() {
    return this.#waiting.length > MANY;
  }

  add(records) {
    this.#waiting.push(...records.slice(-MOST));
    if (this.#waiting.length > 2 * MOST) {
      this.#waiting = this.#waiting.slice(-MOST);
    }
  }

  remove(ids) {
    const gone = new Set(ids);
    this.#waiting = this.#waiting.filter((record) => !gone.has(record.id));
    for (const button of this.#list.querySelectorAll("button")) {
      if (gone.has(Number(button.dataset.id))) {
        button.parentElement.remove();
      }
    }
    keepReachable(this.#list);
  }

  clear() {
    this.#waiting = [];
    this.#list.replaceChildren();
    this.#filled = false;
  }

  /** Brings what waits into the list, unless it is held. Called a few times per second, or once if they are many. */
  show() {
    const held = this.#paused || this.#pointedAt || this.#focused;
    if (!held && this.#waiting.length > 0) {
      const fresh = this.#waiting.slice(-MOST).reverse().map((record) => item(record, [record.text ?? "", record.longer ? "…" : ""]));
      this.#waiting = [];
      if (this.#filled) {
        fresh.forEach((one) => one.firstElementChild.classList.add("fresh"));
      }
      this.#filled = true;
      this.#list.prepend(...fresh);
      while (this.#list.childElementCount > MOST) {
        this.#list.lastElementChild.remove();
      }
      keepReachable(this.#list);
    }
    this.#empty.hidden = !this.known || this.#list.childElementCount > 0;
    const more = Math.min(this.#waiting.length, MOST);
    this.#pause.textContent = this.#paused ? (more > 0 ? `Go on (${more === MOST ? `${MOST}+` : more} new)` : "Go on") : held && more > 0 ? `Pause (held, ${count(more, "new", "new")})` : "Pause";
  }
}
