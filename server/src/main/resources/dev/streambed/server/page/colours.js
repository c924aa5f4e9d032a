// Which colour and shape a record has on the map: eight colours that people with colour-blindness tell apart, each with a shape, or a scale for numbers.

import { valuesOf, valueText } from "./format.js";

const CATEGORIES = 8;
const SCALE_STEPS = 32;
const OTHER = 0;

/** The looks of points: 0 is "other", 1 to 8 are categories, those behind them are steps of the scale. */
export const LOOKS = 1 + CATEGORIES + SCALE_STEPS;

/** The colours of all looks as the style sheet has them now, dark or light. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  const stops = [1, 2, 3, 4].map((i) => channels(of(`--scale-${i}`)));
  const steps = Array.from({ length: SCALE_STEPS }, (_, i) => {
    const at = (i / (SCALE_STEPS - 1)) * 3;
    const from = Math.min(2, Math.floor(at));
    return `rgb(${stops[from].map((channel, c) => Math.round(channel + (stops[from + 1][c] - channel) * (at - from))).join(" ")})`;
  });
  return [of("--point-other"), ...Array.from({ length: CATEGORIES }, (_, i) => of(`--point-${i + 1}`)), ...steps];
}

function channels(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** The shape of a look: circle, square, triangle or diamond. Drawn around 0 with this radius. */
export function outline(look, radius) {
  const r = radius;
  const kind = look >= 1 && look <= CATEGORIES ? (look - 1) % 4 : 0;
  if (kind === 1) {
    return `M${-r * 0.85} ${-r * 0.85}H${r * 0.85}V${r * 0.85}H${-r * 0.85}Z`;
  }
  if (kind === 2) {
    return `M0 ${-r * 1.15}L${r * 1.1} ${r * 0.8}H${-r * 1.1}Z`;
  }
  if (kind === 3) {
    return `M0 ${-r * 1.2}L${r * 1.2} 0L0 ${r * 1.2}L${-r * 1.2} 0Z`;
  }
  return `M${-r} 0A${r} ${r} 0 1 1 ${r} 0A${r} ${r} 0 1 1 ${-r} 0Z`;
}

/** How records are coloured by a field; null colours none. */
export class Colouring {
  field;
  scale = null;
  #looks = new Map();

  /** Chooses colours for the values that most of the records have now. */
  constructor(field, records) {
    this.field = field;
    const found = records.fields.get(field);
    if (!found) {
      return;
    }
    if (found.numeric && found.values.size > CATEGORIES) {
      this.scale = { min: found.min, max: found.max };
    } else {
      const common = Array.from(found.values).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
      common.slice(0, CATEGORIES).forEach(([value], i) => this.#looks.set(value, i + 1));
    }
  }

  /** Gives values that have come since a colour that no value has yet. Returns true if any got one. */
  grow(records) {
    const before = this.#looks.size;
    for (const value of this.scale ? [] : (records.fields.get(this.field)?.values.keys() ?? [])) {
      if (this.#looks.size === CATEGORIES) {
        break;
      }
      if (!this.#looks.has(value)) {
        this.#looks.set(value, this.#looks.size + 1);
      }
    }
    return this.#looks.size > before;
  }

  /** True if the numbers do not fit into this scale, or are too many for categories. */
  isOutgrown(records) {
    const found = records.fields.get(this.field);
    if (!found) {
      return false;
    }
    return this.scale ? found.min < this.scale.min || found.max > this.scale.max : found.numeric && found.values.size > CATEGORIES;
  }

  /** The number of the record's look. */
  lookOf(record) {
    if (this.field === null) {
      return 1;
    }
    const value = record.metadata?.[this.field];
    if (value === undefined) {
      return OTHER;
    }
    if (this.scale) {
      const at = (value - this.scale.min) / (this.scale.max - this.scale.min || 1);
      return Number.isFinite(at) ? 1 + CATEGORIES + Math.round(Math.min(1, Math.max(0, at)) * (SCALE_STEPS - 1)) : OTHER;
    }
    return this.#looks.get(valueText(valuesOf(value)[0])) ?? OTHER;
  }

  /** The legend: values with their looks. */
  entries() {
    return this.#looks;
  }
}

/** The field to colour by if nobody chose one: one with a few values, else a number, else none. */
export function likelyField(records) {
  const fields = Array.from(records.fields);
  const few = fields.filter(([, field]) => field.values.size >= 2 && field.values.size <= CATEGORIES);
  const numeric = fields.filter(([, field]) => field.numeric && field.values.size > CATEGORIES);
  const any = fields.filter(([, field]) => field.values.size >= 2);
  return (few[0] ?? numeric[0] ?? any[0] ?? [null])[0];
}
