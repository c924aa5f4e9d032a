// Small charts of the last minute. Each has its numbers as text beside it.

import { byId, mayMove, shape } from "./dom.js";
import { count, duration, number } from "./format.js";

const SAMPLES = 61; // one per second
const HEIGHT = 40;

/** A chart of one or two series that moves to the left as time goes by. A null is a gap. */
class Chart {
  #samples = [];
  #svg;
  #moving = shape("g");
  #paths;
  #area = shape("path", { class: "area" });
  #floor;

  /** The axis ends at `floor` at least, so that a quiet stream does not look wild. */
  constructor(id, series, floor) {
    this.#svg = byId(id);
    this.#floor = floor;
    this.#svg.setAttribute("viewBox", `0 0 ${SAMPLES - 2} ${HEIGHT}`);
    this.#svg.setAttribute("preserveAspectRatio", "none");
    this.#paths = Array.from({ length: series }, (_, i) => shape("path", { class: `line-${i + 1}` }));
    this.#moving.append(this.#area, ...this.#paths);
    this.#svg.append(this.#moving);
  }

  add(values, label) {
    this.#samples.push(values);
    if (this.#samples.length > SAMPLES) {
      this.#samples.shift();
    }
    const top = Math.max(this.#floor, ...this.#samples.flat().filter((value) => value !== null)) * 1.15;
    this.#paths.forEach((path, series) => path.setAttribute("d", this.#line(series, top)));
    this.#area.setAttribute("d", this.#filled(top));
    this.#svg.setAttribute("aria-label", label);
    if (mayMove()) {
      this.#moving.animate([{ transform: "translateX(1px)" }, { transform: "translateX(0)" }], { duration: 1000, easing: "linear" });
    }
  }

  #points(series, top) {
    const first = SAMPLES - 1 - this.#samples.length;
    return this.#samples.map((values, i) => (values[series] === null ? null : [first + i, HEIGHT - 2 - (values[series] / top) * (HEIGHT - 4)]));
  }

  #line(series, top) {
    let path = "";
    let pen = "M";
    for (const point of this.#points(series, top)) {
      if (point) {
        path += `${pen}${point[0]} ${point[1].toFixed(2)}`;
      }
      pen = point ? "L" : "M";
    }
    return path;
  }

  #filled(top) {
    const points = this.#points(0, top).filter((point) => point !== null);
    return points.length < 2 ? "" : `M${points[0][0]} ${HEIGHT}${points.map(([x, y]) => `L${x} ${y.toFixed(2)}`).join("")}L${points.at(-1)[0]} ${HEIGHT}Z`;
  }
}

/** The four charts and their figures. */
export class Charts {
  #records = new Chart("records-chart", 1, 10);
  #tokens = new Chart("tokens-chart", 1, 1000);
  #latency = new Chart("latency-chart", 2, 20);
  #dead = new Chart("dead-chart", 1, 4);

  show(now) {
    const { p50, p99 } = now.latencyMillis ?? { p50: null, p99: null };
    figure("records", number(now.recordsPerSecond), "", `${count(now.records, "record")} held${now.lag > 0 ? `, ${number(now.lag)} to read` : ""}`);
    figure("tokens", now.tokensPerSecond === null ? "–" : number(now.tokensPerSecond), "", now.tokensPerSecond === null ? "not in these records" : now.recordsPerSecond > 0 ? `${number(now.tokensPerSecond / now.recordsPerSecond)} per record` : "");
    const [value, unit] = p50 === null ? ["–", ""] : duration(p50);
    figure("latency", value, unit, p99 === null ? (now.state === "following" ? "none in the last seconds" : "while following") : `p99 ${duration(p99).join(" ")}`);
    figure("dead", number(now.deadLetters), "", [now.tombstones > 0 ? count(now.tombstones, "tombstone") : "", now.problems > 0 ? count(now.problems, "unreadable record") : ""].filter(Boolean).join(", ") || "in all");
    this.#records.add([now.recordsPerSecond], `Records per second: now ${number(now.recordsPerSecond)}`);
    this.#tokens.add([now.tokensPerSecond], now.tokensPerSecond === null ? "Tokens per second: unknown" : `Tokens per second: now ${number(now.tokensPerSecond)}`);
    this.#latency.add([p50, p99], p50 === null ? "Latency: none now" : `Latency: median ${duration(p50).join(" ")}, 99th percentile ${duration(p99).join(" ")}`);
    this.#dead.add([now.deadLetters], `Dead letters: ${number(now.deadLetters)}`);
  }
}

function figure(name, value, unit, more) {
  const place = byId(`${name}-figure`);
  place.textContent = value;
  if (unit) {
    const small = document.createElement("small");
    small.textContent = ` ${unit}`;
    place.append(small);
  }
  byId(`${name}-more`).textContent = more;
}
