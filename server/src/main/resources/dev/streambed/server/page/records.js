// The newest records that the page holds, and the values of their metadata. What it holds is bounded, however long it runs.

import { valuesOf, valueText } from "./format.js";

const MOST_FIELDS = 40;
const MOST_VALUES = 500; // per field; more are not offered as filters
const MOST_VALUE_LENGTH = 200;
const DIGITS = /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?$/; // not 007, which is a name

/** A field of the metadata: how many records have each value. */
class Field {
  values = new Map();
  numeric = true;
  min = Infinity;
  max = -Infinity;

  add(value) {
    const text = valueText(value);
    if (typeof value === "number" || DIGITS.test(text)) {
      this.min = Math.min(this.min, Number(value));
      this.max = Math.max(this.max, Number(value));
    } else {
      this.numeric = false;
    }
    if (this.values.has(text)) {
      this.values.set(text, this.values.get(text) + 1);
    } else if (this.values.size < MOST_VALUES && text.length <= MOST_VALUE_LENGTH) {
      this.values.set(text, 1);
    }
  }

  remove(value) {
    const text = valueText(value);
    const left = this.values.get(text) - 1;
    if (left > 0) {
      this.values.set(text, left);
    } else {
      this.values.delete(text);
    }
  }
}

/** Records by id, oldest first. */
export class Records {
  byId = new Map();
  fields = new Map();
  capacity = 10_000;

  /** Adds records, and forgets the oldest if there is no room. Returns the ids of the forgotten ones. */
  add(records) {
    for (const record of records) {
      this.byId.set(record.id, record);
      for (const [name, value] of Object.entries(record.metadata ?? {})) {
        if (!this.fields.has(name) && this.fields.size < MOST_FIELDS) {
          this.fields.set(name, new Field());
        }
        valuesOf(value).forEach((one) => this.fields.get(name)?.add(one));
      }
    }
    const forgotten = [];
    for (const id of this.byId.keys()) {
      if (this.byId.size - forgotten.length <= this.capacity) {
        break;
      }
      forgotten.push(id);
    }
    this.remove(forgotten);
    return forgotten;
  }

  /** Removes the records that have these ids. Others are passed over. */
  remove(ids) {
    for (const id of ids) {
      const record = this.byId.get(id);
      if (record) {
        this.byId.delete(id);
        for (const [name, value] of Object.entries(record.metadata ?? {})) {
          valuesOf(value).forEach((one) => this.fields.get(name)?.remove(one));
        }
      }
    }
  }

  /** Sets the positions that a new projection gives. */
  place({ ids, x, y }) {
    ids.forEach((id, i) => {
      const record = this.byId.get(id);
      if (record) {
        record.x = x[i];
        record.y = y[i];
      }
    });
  }

  clear() {
    this.byId.clear();
    this.fields.clear();
  }
}
