// Makes and finds elements. Texts of records get into the page through textContent alone, so that none of them is ever read as HTML.

/** The element of index.html with this id. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) {
    throw new Error(`index.html has no element with id ${id}.`);
  }
  return found;
}

/** A new element. Names of attributes with a hyphen become attributes, other names become properties. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-")) {
      made.setAttribute(key, value);
    } else {
      made[key] = value;
    }
  }
  made.append(...children);
  return made;
}

/** A new SVG element with these attributes. */
export function shape(name, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  return made;
}

/** Sets a text, unless it is there already: a live region is not read again for nothing. */
export function say(where, text) {
  if (where.textContent !== text) {
    where.textContent = text;
  }
}

const reduced = matchMedia("(prefers-reduced-motion: reduce)");
let moves = !reduced.matches; // kept, as asking makes the browser lay out the page
reduced.addEventListener("change", () => (moves = !reduced.matches));

/** True if things may move. */
export function mayMove() {
  return moves;
}
