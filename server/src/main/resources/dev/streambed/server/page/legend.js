// What to colour the map by, and what the colours mean. A value in the legend can be looked at alone.

import { byId, element, shape } from "./dom.js";
import { Colouring, likelyField, outline, palette } from "./colours.js";
import { number } from "./format.js";

const NONE = ""; // no field has this name in the select: names of fields are numbered

/** The select and the legend. */
export class Legend {
  #map;
  #records;
  #select = byId("colour");
  #list = byId("legend");
  #chosen = false;
  #names = [];
  #coloured = 0;

  constructor(map, records) {
    this.#map = map;
    this.#records = records;
    this.#select.addEventListener("change", () => {
      this.#chosen = true;
      this.#use(this.#select.value === NONE ? null : this.#names[Number(this.#select.value)]);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    this.#offer();
  }

  /** Called about once per second. Colours keep their meaning until there are four times as many records. */
  update() {
    const size = this.#records.byId.size;
    this.#offer();
    const field = this.#chosen && (this.#map.colouring.field === null || this.#records.fields.has(this.#map.colouring.field)) ? this.#map.colouring.field : likelyField(this.#records);
    if (field !== this.#map.colouring.field && !this.#chosen && size < 4 * this.#coloured) {
      return;
    }
    if (field !== this.#map.colouring.field || size >= 4 * this.#coloured || this.#map.colouring.isOutgrown(this.#records)) {
      this.#use(field);
    } else if (this.#map.colouring.grow(this.#records)) {
      this.#map.recolour(this.#map.colouring);
      this.#draw();
    }
  }

  #use(field) {
    this.#coloured = Math.max(1, this.#records.byId.size);
    this.#map.alone = null;
    this.#map.recolour(new Colouring(field, this.#records));
    this.#select.value = field === null ? NONE : String(this.#names.indexOf(field));
    this.#draw();
  }

  #offer() {
    const names = Array.from(this.#records.fields.keys());
    if (names.join("\n") !== this.#names.join("\n") || this.#select.childElementCount === 0) {
      this.#names = names;
      this.#select.replaceChildren(element("option", { value: NONE, textContent: "nothing" }), ...names.map((name, i) => element("option", { value: String(i), textContent: name })));
      this.#select.value = this.#map.colouring.field === null ? NONE : String(names.indexOf(this.#map.colouring.field));
    }
  }

  #draw() {
    const { colouring } = this.#map;
    const colours = palette();
    if (colouring.scale) {
      const { min, max } = colouring.scale;
      this.#list.replaceChildren(element("li", { className: "plain" }, plain(min), element("span", { className: "ramp" }), plain(max)));
      return;
    }
    const entries = Array.from(colouring.entries());
    if (colouring.field !== null && (this.#records.fields.get(colouring.field)?.values.size ?? 0) > entries.length) {
      entries.push(["others", 0]);
    }
    this.#list.replaceChildren(...entries.map(([value, look]) => element("li", {}, this.#entry(value, look, colours[look]))));
  }

  #entry(value, look, colour) {
    const sign = shape("svg", { viewBox: "-8 -8 16 16", "aria-hidden": "true" });
    sign.append(shape("path", { d: outline(look, 6), fill: colour }));
    const button = element("button", { type: "button", "aria-pressed": "false" }, sign, element("span", { dir: "auto", textContent: value === "" ? "(empty)" : value }));
    button.addEventListener("click", () => {
      this.#map.alone = this.#map.alone === look ? null : look;
      for (const other of this.#list.querySelectorAll("button")) {
        other.setAttribute("aria-pressed", String(other === button && this.#map.alone !== null));
      }
      this.#map.draw();
    });
    return button;
  }
}

function plain(value) {
  return element("span", { textContent: Number.isInteger(value) ? String(value) : number(value) });
}
