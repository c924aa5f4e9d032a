// The search: a query in words, filters by metadata, and the nearest records.

import { byId, element, say } from "./dom.js";
import { requestJson } from "./api.js";
import { count, number, shorten, valuesOf, valueText } from "./format.js";
import { item, keepReachable, listen } from "./items.js";
import { excerpt, matcher } from "./words.js";

const TOP = 20;
const MOST_QUERY = 20_000; // characters

/** The form and its results. `found` gets {x, y, hits} or null; `refused` an error with status 401. */
export class Search {
  hits = new Map();
  #records;
  #found;
  #refused;
  #filters = [];
  #names = [];
  #query = "";
  #running = null;
  #input = byId("query");

  constructor(records, { found, refused, open, point }) {
    this.#records = records;
    this.#found = found;
    this.#refused = refused;
    listen(byId("results"), { open, point });
    byId("search-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.search(this.#input.value);
    });
    this.#input.addEventListener("search", () => {
      if (this.#input.value === "") {
        this.clear();
      }
    });
    byId("search-clear").addEventListener("click", () => {
      this.#input.value = "";
      this.clear();
      this.#filters = [];
      this.#showFilters();
      this.#input.focus();
    });
    byId("filter-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.addFilter(this.#names[Number(byId("filter-name").value)], byId("filter-value").value);
      byId("filter-value").value = "";
    });
    byId("filter-details").addEventListener("toggle", () => this.#offerNames());
    byId("filter-name").addEventListener("focus", () => this.#offerNames());
    byId("filter-name").addEventListener("change", () => this.#offerValues());
    byId("filter-value").addEventListener("focus", () => this.#offerValues());
  }

  /** True if the word is one of the query's. */
  get isWanted() {
    return matcher(this.#query);
  }

  /** Searches again, as something else changed. */
  again() {
    if (this.#query !== "") {
      this.search(this.#query);
    }
  }

  async search(query) {
    const text = query.trim().slice(0, MOST_QUERY);
    if (text === "") {
      this.clear();
      return;
    }
    this.#query = text;
    if (this.#input.value.trim() !== text) {
      this.#input.value = text;
    }
    this.#running?.abort();
    this.#running = new AbortController();
    const { signal } = this.#running;
    byId("results").setAttribute("aria-busy", "true");
    try {
      const answer = await requestJson("search", { body: { query: text, top: TOP, filters: this.#filters, prompt: null }, signal });
      if (!signal.aborted) {
        this.#show(answer);
      }
    } catch (error) {
      if (!signal.aborted) {
        this.#fail(error);
      }
    }
  }

  clear() {
    this.#running?.abort();
    this.#query = "";
    this.hits.clear();
    byId("results").replaceChildren();
    byId("summary-line").hidden = true;
    this.#found(null);
  }

  addFilter(name, value) {
    if (name !== undefined && !this.#filters.some((filter) => filter.name === name && filter.value === value)) {
      this.#filters.push({ name, value });
      this.#showFilters();
    }
  }

  #showFilters() {
    byId("filters").replaceChildren(
      ...this.#filters.map((filter) => {
        const button = element("button", { type: "button", textContent: `${shorten(filter.name, 60)} = ${shorten(filter.value, 80)}  ×` });
        button.setAttribute("aria-label", `Remove the filter ${filter.name} = ${filter.value}`);
        button.addEventListener("click", () => {
          this.#filters = this.#filters.filter((other) => other !== filter);
          this.#showFilters();
          this.#input.focus();
        });
        return element("li", {}, button);
      }),
    );
    this.again();
  }

  #show(answer) {
    this.hits = new Map(answer.hits.map((hit) => [hit.id, hit]));
    const isWanted = this.isWanted;
    byId("results").setAttribute("aria-busy", "false");
    byId("results").replaceChildren(...answer.hits.map((hit) => item(hit, excerpt(hit.text ?? "", isWanted), hit.score)));
    byId("results").scrollTop = 0;
    keepReachable(byId("results"));
    byId("summary-line").hidden = false;
    say(byId("summary"), `${summary(answer, this.#filters.length > 0)}, in ${number(answer.milliseconds)} ms.${answer.truncated ? " The query was too long for the model and was truncated." : ""}`);
    byId("summary").classList.remove("error");
    this.#found({ x: answer.x ?? null, y: answer.y ?? null, hits: answer.hits.map((hit) => hit.id) });
  }

  #fail(error) {
    byId("results").setAttribute("aria-busy", "false");
    byId("results").replaceChildren();
    this.hits.clear();
    byId("summary-line").hidden = false;
    byId("summary").classList.add("error");
    say(byId("summary"), error.message);
    this.#found(null);
    if (error.status === 401) {
      this.#refused(error);
    }
  }

  #offerNames() {
    const names = Array.from(this.#records.fields.keys());
    if (names.join("\n") !== this.#names.join("\n")) {
      this.#names = names;
      byId("filter-name").replaceChildren(...names.map((name, i) => element("option", { value: String(i), textContent: shorten(name, 80) })));
      this.#offerValues();
    }
  }

  #offerValues() {
    const field = this.#records.fields.get(this.#names[Number(byId("filter-name").value)]);
    const values = Array.from(field?.values ?? []).sort((a, b) => b[1] - a[1]).slice(0, 100);
    byId("filter-values").replaceChildren(...values.map(([value]) => element("option", { value })));
  }
}

/** How many were found, and among how many. */
function summary({ hits, matching, searched }, isFiltered) {
  if (hits.length === 0) {
    return isFiltered ? `None of ${count(searched, "record")} passes the filters` : "No records yet";
  }
  const all = count(searched, "record");
  return `${hits.length} nearest of ${isFiltered ? `${count(matching, "record")} that match, of ${all}` : all}`;
}

/** The pairs of name and value that a record can be filtered by. */
export function filtersOf(metadata) {
  return Object.entries(metadata ?? {}).flatMap(([name, value]) => valuesOf(value).map((one) => ({ name, value: valueText(one) })));
}
