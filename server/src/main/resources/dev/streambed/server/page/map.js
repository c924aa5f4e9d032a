// The map: a point per record on a canvas, drawn again when something changed.

import { byId, mayMove } from "./dom.js";
import { LOOKS, outline, palette } from "./colours.js";
import { drawQuery, ring } from "./marks.js";
import { View } from "./view.js";

const MOVE_MILLIS = 700;
const APPEAR_MILLIS = 900;
const FRAME_MILLIS = 16;
const MOST_RINGS = 100; // around points that appear; more are a flood, not news
const REACH = 12; // pixels from the pointer to a point

/** Draws the points of `records`, and finds them again by place. */
export class PointMap {
  view = new View();
  /** Positions by id that replace those of the projection, or null. */
  layout = null;
  /** The look that is shown alone, or null. */
  alone = null;
  colouring;
  #records;
  #points = new Map();
  #canvas = byId("canvas");
  #context = this.#canvas.getContext("2d");
  #plane = byId("plane");
  #sprites = [];
  #colours = {};
  #marked = null;
  #search = null;
  #asked = false;
  #cost = 0;
  #movingUntil = 0;

  constructor(records, colouring) {
    this.#records = records;
    this.colouring = colouring;
    new ResizeObserver(() => this.#resize()).observe(this.#plane);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#dress());
    this.#dress();
  }

  /** Follows the records: points appear, move and go. */
  update() {
    const now = performance.now();
    const first = this.#points.size === 0;
    for (const [id, record] of this.#records.byId) {
      const [x, y] = this.placeOf(id) ?? [null, null];
      const point = this.#points.get(id);
      if (x === null) {
        this.#points.delete(id);
      } else if (!point) {
        this.#points.set(id, { id, x, y, fromX: x, fromY: y, since: -Infinity, born: first ? -Infinity : now, look: this.colouring.lookOf(record) });
        this.#movingUntil = now + APPEAR_MILLIS;
      } else if (point.x !== x || point.y !== y) {
        [point.fromX, point.fromY] = place(point, now);
        Object.assign(point, { x, y, since: now });
        this.#movingUntil = now + MOVE_MILLIS;
      }
    }
    if (this.#points.size > 0) {
      for (const id of this.#points.keys()) {
        if (!this.#records.byId.has(id)) {
          this.#points.delete(id);
        }
      }
    }
    this.#plane.dataset.points = this.#points.size;
    this.#frame();
    this.draw();
  }

  /** Where a record is now, or null. */
  placeOf(id) {
    if (this.layout) {
      return this.layout.get(id) ?? null;
    }
    const record = this.#records.byId.get(id);
    return record && typeof record.x === "number" && typeof record.y === "number" ? [record.x, record.y] : null;
  }

  /** Colours all points anew. */
  recolour(colouring) {
    this.colouring = colouring;
    for (const point of this.#points.values()) {
      point.look = colouring.lookOf(this.#records.byId.get(point.id) ?? {});
    }
    this.draw();
  }

  /** Puts a ring around a record, or around none. */
  mark(id) {
    this.#marked = id;
    this.draw();
  }

  /** Shows where a query is, `{x, y, label}`, and the ids of its hits, best first; null shows none. */
  showSearch(search) {
    this.#search = search;
    this.#frame();
    this.draw();
  }

  /** The id of the point at this pixel, or null. */
  at(x, y) {
    return this.#nearest((px, py) => {
      const distance = Math.hypot(px - x, py - y);
      return distance <= REACH ? distance : null;
    });
  }

  /** The id of the nearest point from a point, or from the middle, in the direction of -1, 0 or 1; null if there is none. */
  next(from, dx, dy) {
    const start = this.#points.get(from);
    const [x, y] = start ? this.view.toPixels(start.x, start.y) : [this.view.width / 2, this.view.height / 2];
    return this.#nearest((px, py, id) => {
      if (id === from) {
        return null;
      }
      const ahead = (px - x) * dx + (py - y) * dy;
      const aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      return start ? (ahead > 0.5 && aside <= ahead * 1.5 ? ahead + 2 * aside : null) : Math.hypot(px - x, py - y);
    });
  }

  /** Draws in the next frame, or later if drawing takes long: two thirds of the time are for the rest of the page. */
  draw() {
    if (!this.#asked) {
      this.#asked = true;
      setTimeout(() => requestAnimationFrame(() => this.#drawNow()), 2 * this.#cost - FRAME_MILLIS);
    }
  }

  #drawNow() {
    const start = performance.now();
    this.#asked = false;
    this.#draw(start);
    this.#cost = performance.now() - start;
  }

  #nearest(distanceOf) {
    let best = null;
    let least = Infinity;
    for (const point of this.#points.values()) {
      if (this.alone === null || point.look === this.alone) {
        const distance = distanceOf(...this.view.toPixels(point.x, point.y), point.id);
        if (distance !== null && distance < least) {
          least = distance;
          best = point.id;
        }
      }
    }
    return best;
  }

  #frame() {
    const box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
    const query = this.#search && this.#search.x !== null ? [this.#search] : [];
    for (const { x, y } of [...this.#points.values(), ...query]) {
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.bottom = Math.min(box.bottom, y);
      box.top = Math.max(box.top, y);
    }
    if (this.#points.size > 0) {
      this.view.include(box);
    }
  }

  #resize() {
    const ratio = devicePixelRatio || 1;
    this.#canvas.width = Math.round(this.#plane.clientWidth * ratio);
    this.#canvas.height = Math.round(this.#plane.clientHeight * ratio);
    this.view.resize(this.#plane.clientWidth, this.#plane.clientHeight);
    this.#dress();
  }

  /** Draws each look once; points are copies. */
  #dress() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ink", "accent", "well", "muted", "surface"]) {
      this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
    const ratio = devicePixelRatio || 1;
    const colours = palette();
    this.#sprites = Array.from({ length: LOOKS }, (_, look) => {
      const sprite = document.createElement("canvas");
      sprite.width = sprite.height = Math.ceil(16 * ratio);
      const context = sprite.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, sprite.width / 2, sprite.height / 2);
      const path = new Path2D(outline(look, 6));
      context.fillStyle = colours[look];
      context.fill(path);
      context.strokeStyle = this.#colours.well;
      context.lineWidth = 1;
      context.stroke(path);
      return sprite;
    });
    this.draw();
  }

  #draw(now) {
    const context = this.#context;
    const ratio = devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.view.width, this.view.height);
    const hits = this.#search ? new Map(this.#search.hits.map((id, rank) => [id, rank])) : null;
    let rings = 0;
    const many = Math.sqrt(Math.max(1, this.#points.size) / 400);
    const radius = Math.min(6, Math.max(2.6, 5 / Math.sqrt(many))) * Math.min(1.6, this.view.zoom ** 0.25);
    for (const point of this.#points.values()) {
      const [px, py] = place(point, now);
      const [x, y] = this.view.toPixels(px, py);
      if (x < -20 || y < -20 || x > this.view.width + 20 || y > this.view.height + 20) {
        continue;
      }
      const shown = this.alone === null || point.look === this.alone;
      context.globalAlpha = !shown ? 0.08 : hits && !hits.has(point.id) ? 0.28 : 0.9;
      const size = radius * (8 / 6) * (hits?.has(point.id) ? 1.35 : 1);
      context.drawImage(this.#sprites[point.look], x - size, y - size, size * 2, size * 2);
      const age = now - point.born;
      if (age < APPEAR_MILLIS && mayMove() && shown && rings++ < MOST_RINGS) {
        context.globalAlpha = 0.7 * (1 - age / APPEAR_MILLIS);
        ring(context, x, y, radius + (age / APPEAR_MILLIS) * 14, this.#colours.accent, 1.5);
      }
    }
    context.globalAlpha = 1;
    if (this.#search) {
      this.#drawSearch(now);
    }
    const marked = this.#points.get(this.#marked);
    if (marked) {
      const [x, y] = this.view.toPixels(...place(marked, now));
      ring(context, x, y, radius + 6, this.#colours.surface, 6);
      ring(context, x, y, radius + 6, this.#colours.ink, 2.5);
    }
    if (now < this.#movingUntil && mayMove()) {
      this.draw();
    }
  }

  #drawSearch(now) {
    const context = this.#context;
    const { x, y, hits, label } = this.#search;
    const query = x === null ? null : this.view.toPixels(x, y);
    for (const id of hits) {
      const point = this.#points.get(id);
      if (point) {
        const hit = this.view.toPixels(...place(point, now));
        if (query) {
          context.globalAlpha = 0.35;
          context.strokeStyle = this.#colours.ink;
          context.lineWidth = 1;
          context.beginPath();
          context.moveTo(...query);
          context.lineTo(...hit);
          context.stroke();
          context.globalAlpha = 1;
        }
        ring(context, ...hit, 8.5, this.#colours.ink, 1.5);
      }
    }
    if (query) {
      drawQuery(context, query, label, this.#colours);
    }
  }
}

/** Where a point is on its way. */
function place(point, now) {
  const t = mayMove() ? Math.min(1, (now - point.since) / MOVE_MILLIS) : 1;
  const eased = 1 - (1 - t) ** 3;
  return [point.fromX + (point.x - point.fromX) * eased, point.fromY + (point.y - point.fromY) * eased];
}
