// Arranges the map by UMAP in a worker, and back by the projection.

import { byId, say } from "./dom.js";
import { request } from "./api.js";
import { count } from "./format.js";

const MOST = 3000;
const FEWEST = 10;

/** The two buttons of the arrangement, and the progress. */
export class Arrangement {
  #map;
  #changed;
  #worker = null;
  #asked = null;

  /** `changed` is called after the map got another layout. */
  constructor(map, changed) {
    this.#map = map;
    this.#changed = changed;
    byId("pca").addEventListener("click", () => this.reset());
    byId("umap").addEventListener("click", () => this.#arrange());
    byId("arranging-cancel").addEventListener("click", () => {
      this.reset();
      byId("umap").focus();
    });
  }

  /** Back to the projection; ends an arrangement that is under way. */
  reset() {
    this.#stop();
    this.#use(null);
    this.#press("pca");
    byId("plane").dataset.arrangement = "pca";
  }

  /** Says how many records the arrangement leaves out, as it knows no place for them. */
  tellOfOthers(records) {
    if (this.#map.layout && !this.#worker) {
      let others = 0;
      for (const id of records.byId.keys()) {
        others += this.#map.layout.has(id) ? 0 : 1;
      }
      byId("arranging").hidden = others === 0;
      byId("progress").hidden = true;
      byId("arranging-cancel").hidden = true;
      say(byId("arranging-text"), `${count(others, "other record")} ${others === 1 ? "is" : "are"} not in this arrangement. Press UMAP to arrange the newest again.`);
    }
  }

  async #arrange() {
    this.#stop();
    this.#press("umap");
    this.#progress("Fetching vectors", null);
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    try {
      const answer = await (await request(`vectors?most=${MOST}`, { signal })).arrayBuffer();
      this.#start(answer);
    } catch (error) {
      if (!signal.aborted) {
        this.#fail(error.message);
      }
    }
  }

  #start(answer) {
    const [n, dimensions] = new Int32Array(answer, 0, 2);
    if (n < FEWEST) {
      this.#fail(`UMAP needs ${FEWEST} records; there are ${n}.`);
      return;
    }
    const ids = Array.from(new Int32Array(answer, 8, n));
    const vectors = new Float32Array(answer, 8 + 4 * n, n * dimensions);
    this.#progress(`Looking for neighbours of ${count(n, "record")}`, null);
    this.#worker = new Worker("umap-worker.js");
    this.#worker.onerror = () => this.#fail("UMAP failed in this browser.");
    this.#worker.onmessage = ({ data }) => {
      this.#use(new Map(ids.map((id, i) => [id, [data.positions[2 * i], data.positions[2 * i + 1]]])));
      if (data.finished) {
        this.#stop();
        byId("plane").dataset.arrangement = "umap";
        say(byId("said"), `Arranged ${count(n, "record")} by UMAP. Records that arrive later are not in this picture; press UMAP again.`);
      } else {
        this.#progress(`Arranging ${count(n, "record")} by UMAP`, data.done);
      }
    };
    this.#worker.postMessage({ n, dimensions, vectors });
  }

  #use(layout) {
    this.#map.layout = layout;
    this.#map.update();
    this.#changed();
  }

  #fail(message) {
    this.reset();
    this.#progress(message, null);
    byId("progress").hidden = true;
    byId("arranging-cancel").hidden = true;
    say(byId("said"), message);
  }

  #stop() {
    this.#asked?.abort();
    this.#worker?.terminate();
    this.#worker = null;
    byId("arranging").hidden = true;
  }

  #press(name) {
    for (const button of ["pca", "umap"]) {
      byId(button).setAttribute("aria-pressed", String(button === name));
    }
  }

  #progress(text, done) {
    byId("arranging").hidden = false;
    byId("progress").hidden = false;
    byId("arranging-cancel").hidden = false;
    say(byId("arranging-text"), text);
    if (done === null) {
      byId("progress").removeAttribute("value");
    } else {
      byId("progress").value = done;
    }
  }
}
