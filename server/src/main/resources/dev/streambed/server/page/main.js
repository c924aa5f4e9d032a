// The page: one topic of embeddings, live. Wires its parts together; each part stands in a module of its own.

import { hasKey, requestJson, useKey } from "./api.js";
import { Arrangement } from "./arrange.js";
import { Arrivals } from "./arrivals.js";
import { Charts } from "./charts.js";
import { Colouring } from "./colours.js";
import { showDeadLetters, showNoDeadLetters } from "./deadletters.js";
import { Details } from "./details.js";
import { byId, say } from "./dom.js";
import { count, number } from "./format.js";
import { Legend } from "./legend.js";
import { PointMap } from "./map.js";
import { Pointing } from "./pointing.js";
import { Records } from "./records.js";
import { Search } from "./search.js";
import { Stream } from "./stream.js";

const STEP_MILLIS = 250;
const SETTLED_MILLIS = 1000; // after the first records of a new connection
const SLOW_STEPS = 4;
const FEWEST_FOR_MAP = 10;

const records = new Records();
const map = new PointMap(records, new Colouring(null, records));
const legend = new Legend(map, records);
const charts = new Charts();
const details = new Details({
  isWanted: () => search.isWanted,
  isOnMap: (id) => map.placeOf(id) !== null,
  similar: (text) => {
    search.search(text);
    byId("query").focus();
  },
  showOnMap: (id) => {
    byId("plane").focus();
    map.view.reveal(...map.placeOf(id));
    pointing.point(id);
  },
  filter: (name, value) => {
    search.addFilter(name, value);
    byId("query").focus();
  },
});
const open = (id) => details.open(id, records.byId.get(id) ?? search.hits.get(id));
const pointing = new Pointing(map, records, open);
const point = (id) => pointing.point(id, { tip: false });
const arrivals = new Arrivals({ open, point });
const search = new Search(records, { found, refused: askForKey, open, point });
const arrangement = new Arrangement(map, () => found(lastFound));
const stream = new Stream({ opened, received, lost, refused: askForKey });

let hasDeadLetters = false;
let failure = null;
let lastFound = null;
let changed = true;
let fresh = true;
let steps = 0;

/** Shows a search on the map. UMAP has no place for a query: it is shown amid its nearest hits. */
function found(result) {
  lastFound = result;
  if (result && map.layout) {
    const places = result.hits.slice(0, 5).map((id) => map.placeOf(id)).filter((place) => place !== null);
    const middle = (c) => (places.length === 0 ? null : places.reduce((sum, place) => sum + place[c], 0) / places.length);
    map.showSearch({ ...result, x: middle(0), y: middle(1), label: "Query, about here" });
  } else {
    map.showSearch(result && { ...result, label: "Query" });
  }
}

function opened() {
  fresh = true;
  byId("notice").hidden = true;
  byId("key-form").hidden = true;
  state("reading", "Connected");
  loadTopic();
}

function received(message) {
  if (message.type === "failed") {
    failure = message.message;
    return;
  }
  failure = null;
  if (fresh) {
    fresh = false;
    records.clear();
    arrivals.clear();
    arrangement.reset();
    setTimeout(() => search.again(), SETTLED_MILLIS);
  }
  switch (message.type) {
    case "records": {
      const forgotten = records.add(message.records);
      arrivals.add(message.records);
      arrivals.remove(forgotten);
      break;
    }
    case "removed":
      records.remove(message.ids);
      arrivals.remove(message.ids);
      break;
    case "positions":
      records.place(message);
      break;
    case "statistics":
      charts.show(message);
      showState(message);
      arrivals.known = message.state === "following";
      showNoDeadLetters(hasDeadLetters && message.state === "following" && message.deadLetters === 0);
      break;
    case "deadLetters":
      showDeadLetters(message.deadLetters);
      break;
    default: // a newer server may send more
  }
  changed = true;
}

function showState({ state: now, message, lag }) {
  const texts = { reading: lag > 0 ? `Reading, ${number(lag)} to go` : "Reading", following: "Live", "waiting for Kafka": "Waiting for Kafka", failed: "Failed" };
  state(now, texts[now] ?? now);
  notice(message ?? (now === "failed" ? "Reading the topic failed; the server's log says why." : null));
}

function lost(error, seconds) {
  state("lost", failure === null ? "Connection lost" : "Failed");
  notice(`${error.status > 0 ? error.message : (failure ?? "The connection to the server is lost.")} The next try is in ${count(seconds, "second")}. What is shown may be old.`);
  failure = null;
  byId("notice-retry").hidden = false;
}

function state(name, text) {
  byId("state").dataset.state = name;
  if (byId("state-text").textContent !== text) {
    byId("state-text").textContent = text;
    if (name !== "reading" && name !== "connecting") {
      say(byId("said"), text);
    }
  }
}

function notice(text) {
  byId("notice").hidden = text === null;
  byId("notice-retry").hidden = true;
  say(byId("notice-text"), text ?? "");
}

function askForKey() {
  state("lost", "Key needed");
  notice(null);
  byId("key-form").hidden = false;
  say(byId("key-error"), hasKey() ? "The server does not know this key." : "");
  byId("key").focus();
}

async function loadTopic() {
  try {
    const topic = await requestJson("topic");
    byId("topic").textContent = topic.topic;
    byId("model").textContent = `${topic.model}, ${topic.dimensions} dimensions`;
    byId("space").textContent = topic.space;
    byId("space").title = topic.space;
    hasDeadLetters = topic.deadLetterTopic !== null;
    byId("dead-topic").textContent = topic.deadLetterTopic === null ? "No topic of dead letters is read." : `Topic ${topic.deadLetterTopic}, newest first`;
    records.capacity = topic.mapCapacity;
    document.title = `${topic.topic} · Streambed`;
  } catch {
    // the stream tells of a server that does not answer
  }
}

function step() {
  steps++;
  if (changed) {
    changed = false;
    map.update();
    const shown = Number(byId("plane").dataset.points);
    const size = records.byId.size;
    say(byId("map-empty"), shown > 0 ? "" : size === 0 ? "Points appear here as records arrive." : map.layout ? "" : `The map begins with ${FEWEST_FOR_MAP} vectors; there ${size === 1 ? "is" : "are"} ${size}.`);
  }
  if (steps % SLOW_STEPS === 0) {
    legend.update();
    arrangement.tellOfOthers(records);
  }
  if (steps % SLOW_STEPS === 0 || !arrivals.areMany) {
    arrivals.show();
  }
}

byId("notice-retry").addEventListener("click", () => stream.retry());
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey(byId("key").value);
  byId("key").value = "";
  stream.retry();
});
addEventListener("pagehide", () => stream.pause());
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    stream.retry();
  }
});
setInterval(step, STEP_MILLIS);
stream.retry();
