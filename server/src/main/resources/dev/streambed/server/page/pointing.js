// Mouse, touch and keys on the map.

import { byId, element, say } from "./dom.js";
import { shorten } from "./format.js";
import { body } from "./items.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CLICK = 5; // pixels that a click may move

/** Lets a map be used. `open` is called with the id of a chosen record. */
export class Pointing {
  #map;
  #records;
  #open;
  #plane = byId("plane");
  #tip = byId("tip");
  #current = null;
  #pointers = new Map();
  #moved = 0;

  constructor(map, records, open) {
    this.#map = map;
    this.#records = records;
    this.#open = open;
    const on = (name, does, options) => this.#plane.addEventListener(name, does.bind(this), options);
    on("pointerdown", this.#down);
    on("pointermove", this.#move);
    on("pointerup", this.#up);
    on("pointercancel", this.#cancel);
    on("pointerleave", () => this.point(null));
    on("wheel", this.#wheel, { passive: false });
    on("keydown", this.#key);
    on("blur", this.#hide);
    on("focus", () => this.point(this.#current));
    byId("zoom-in").addEventListener("click", () => this.#zoom(1.5));
    byId("zoom-out").addEventListener("click", () => this.#zoom(1 / 1.5));
    byId("zoom-fit").addEventListener("click", () => this.#fit());
  }

  /** Marks a record and shows its text beside it; null none. */
  point(id, { tip = true } = {}) {
    this.#current = id;
    this.#map.mark(id);
    const record = this.#records.byId.get(id);
    const place = record && this.#map.placeOf(id);
    this.#tip.hidden = !place || !tip;
    this.#plane.classList.toggle("over", Boolean(place));
    if (place && tip) {
      this.#showTip(record, this.#map.view.toPixels(...place));
    }
  }

  /** Shows no record, but keeps the place for the arrow keys. */
  #hide() {
    this.#map.mark(null);
    this.#tip.hidden = true;
  }

  #showTip(record, [x, y]) {
    const head = element("div", { className: "head", dir: "auto", textContent: shorten(record.key ?? record.position, 120) });
    this.#tip.replaceChildren(head, ...body(record, [record.text ?? "", record.longer ? "…" : ""]));
    const { offsetWidth, offsetHeight } = this.#tip;
    const left = x + 16 + offsetWidth < this.#map.view.width ? x + 16 : Math.max(4, x - 16 - offsetWidth);
    const top = Math.min(Math.max(4, y - offsetHeight / 2), Math.max(4, this.#map.view.height - offsetHeight - 4));
    this.#tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  #down(event) {
    this.#pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    this.#moved = 0;
    if (event.pointerType !== "touch") {
      this.#plane.setPointerCapture(event.pointerId);
    }
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    const here = [event.offsetX, event.offsetY];
    if (!before) {
      const id = this.#map.at(...here);
      if (id !== this.#current || (id !== null && this.#tip.hidden)) {
        this.point(id);
      }
      return;
    }
    const [dx, dy] = [here[0] - before[0], here[1] - before[1]];
    this.#moved += Math.hypot(dx, dy);
    if (this.#pointers.size === 2) {
      this.#pinch(event.pointerId, before, here);
    } else if (this.#moved > CLICK) {
      this.#plane.classList.add("dragging");
      this.#map.view.move(dx, dy);
      this.#changed();
    }
    this.#pointers.set(event.pointerId, here);
  }

  #pinch(moving, before, here) {
    const [, [x, y]] = Array.from(this.#pointers).find(([id]) => id !== moving);
    const was = Math.hypot(before[0] - x, before[1] - y);
    this.#map.view.zoomAt(Math.hypot(here[0] - x, here[1] - y) / Math.max(1, was), (here[0] + x) / 2, (here[1] + y) / 2);
    this.#changed();
  }

  #up(event) {
    const clicked = this.#pointers.size === 1 && this.#moved <= CLICK;
    this.#cancel(event);
    if (clicked) {
      const id = this.#map.at(event.offsetX, event.offsetY);
      this.point(id);
      if (id !== null) {
        this.#open(id);
      }
    }
  }

  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    this.#plane.classList.remove("dragging");
  }

  /** Zooms, but lets the page scroll when all is shown. */
  #wheel(event) {
    if (event.deltaY > 0 && this.#map.view.zoom === 1) {
      return;
    }
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 30 : 1;
    this.#map.view.zoomAt(Math.exp(-event.deltaY * lines * 0.0016), event.offsetX, event.offsetY);
    this.#changed();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) {
      this.#map.view.move(-60 * arrow[0], -60 * arrow[1]);
      this.#changed();
    } else if (arrow) {
      this.#step(...arrow);
    } else if ((event.key === "Enter" || event.key === " ") && this.#current !== null) {
      this.#open(this.#current);
    } else if (event.key === "+" || event.key === "=") {
      this.#zoom(1.5);
    } else if (event.key === "-") {
      this.#zoom(1 / 1.5);
    } else if (event.key === "0") {
      this.#fit();
    } else if (event.key === "Escape") {
      this.point(null);
    } else {
      return;
    }
    event.preventDefault();
  }

  #step(dx, dy) {
    const id = this.#map.next(this.#current, dx, dy);
    if (id === null) {
      say(byId("map-said"), "No point further in this direction.");
      return;
    }
    this.#map.view.reveal(...this.#map.placeOf(id));
    this.point(id);
    const record = this.#records.byId.get(id);
    say(byId("map-said"), `${shorten(record.key ?? record.position, 80)}: ${shorten(record.text ?? "no text", 160)}`);
  }

  #zoom(factor) {
    const at = this.#current === null ? null : this.#map.placeOf(this.#current);
    const [x, y] = at ? this.#map.view.toPixels(...at) : [this.#map.view.width / 2, this.#map.view.height / 2];
    this.#map.view.zoomAt(factor, x, y);
    this.#changed();
  }

  #fit() {
    this.#map.view.fit();
    this.#changed();
  }

  #changed() {
    this.#plane.classList.toggle("close", this.#map.view.zoom > 1);
    this.point(this.#current);
    this.#map.draw();
  }
}
