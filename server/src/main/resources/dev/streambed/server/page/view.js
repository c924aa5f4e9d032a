// The part of the plane that the map shows: turns positions of records into pixels, and zooms and moves.

const MARGIN = 28; // pixels
const MOST_STRETCH = 1.6; // of one axis against the other: the axes have no units
const MOST_ZOOM = 60;

/** The view. Positions are those of the projection, y upwards; pixels are those of the style sheet. */
export class View {
  width = 1;
  height = 1;
  zoom = 1;
  #centre = [0, 0];
  #box = { left: -1, right: 1, bottom: -1, top: 1 };
  #scaleX = 1;
  #scaleY = 1;
  #shiftX = 0;
  #shiftY = 0;

  resize(width, height) {
    this.width = width;
    this.height = height;
    this.#rescale();
  }

  /** Makes this the part that zoom 1 shows. */
  include(box) {
    this.#box = box;
    this.#rescale();
  }

  fit() {
    this.zoom = 1;
    this.#shiftX = 0;
    this.#shiftY = 0;
  }

  move(dx, dy) {
    const most = this.zoom * 0.75;
    this.#shiftX = clamp(this.#shiftX + dx, most * this.width);
    this.#shiftY = clamp(this.#shiftY + dy, most * this.height);
  }

  /** Zooms so that what is at this pixel stays there. */
  zoomAt(factor, x, y) {
    const zoom = Math.min(MOST_ZOOM, Math.max(1, this.zoom * factor));
    const by = zoom / this.zoom;
    const cx = x - this.width / 2;
    const cy = y - this.height / 2;
    this.#shiftX = cx - (cx - this.#shiftX) * by;
    this.#shiftY = cy - (cy - this.#shiftY) * by;
    this.zoom = zoom;
    if (zoom === 1) {
      this.fit();
    }
  }

  /** Moves so that this position is in the middle, if it is out of sight. */
  reveal(px, py) {
    const [x, y] = this.toPixels(px, py);
    if (x < MARGIN || y < MARGIN || x > this.width - MARGIN || y > this.height - MARGIN) {
      this.move(this.width / 2 - x, this.height / 2 - y);
    }
  }

  toPixels(x, y) {
    return [
      this.width / 2 + this.#shiftX + (x - this.#centre[0]) * this.#scaleX * this.zoom,
      this.height / 2 + this.#shiftY - (y - this.#centre[1]) * this.#scaleY * this.zoom,
    ];
  }

  #rescale() {
    const { left, right, bottom, top } = this.#box;
    this.#centre = [(left + right) / 2, (bottom + top) / 2];
    const x = Math.max(1, this.width - 2 * MARGIN) / (right - left || 1);
    const y = Math.max(1, this.height - 2 * MARGIN) / (top - bottom || 1);
    this.#scaleX = Math.min(x, y * MOST_STRETCH);
    this.#scaleY = Math.min(y, x * MOST_STRETCH);
  }
}

function clamp(value, most) {
  return Math.min(most, Math.max(-most, value));
}
