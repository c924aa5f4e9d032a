// Marks the words of the query in a text. The search is by meaning: a hit may have none of them.

import { element } from "./dom.js";

const SHORTEST = 3; // letters; shorter words are in most texts
const FREQUENT = new Set("about after all also and any are because been but can could did does for from had has have her his how its may more most not nor our out over she should some such than that the their them then there these they this those was were what when where which who why will with would you your".split(" "));
const EXCERPT = 420; // characters
const MOST_MARKS = 200;
const UNIFORM = { usage: "search", sensitivity: "base" };
const collator = new Intl.Collator("en", UNIFORM);
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter("en", { granularity: "word" }) : null;

/** The words of a text, each with its place. Scripts without spaces are divided, too, where the browser can. */
function wordsOf(text) {
  if (segmenter) {
    return Array.from(segmenter.segment(text)).filter((part) => part.isWordLike).map((part) => [part.index, part.segment]);
  }
  return Array.from(text.matchAll(/[\p{L}\p{N}]+/gu), (match) => [match.index, match[0]]);
}

/** A test of words: true for those of the query, in the singular or plural, with or without accents. */
export function matcher(query) {
  const wanted = wordsOf(query.slice(0, 2000))
    .filter(([, word]) => !FREQUENT.has(word.toLowerCase()))
    .map(([, word]) => stem(word))
    .filter((word) => word.length >= SHORTEST || /[^\u0000-\u024F]/u.test(word));
  return (word) => wanted.some((one) => collator.compare(one, stem(word)) === 0);
}

function stem(word) {
  return word.length > 4 && /[^s]s$/iu.test(word) ? word.slice(0, -1) : word;
}

/** An excerpt of the text, as nodes, with the words of the query in mark elements. */
export function excerpt(text, isWanted) {
  const found = wordsOf(text.slice(0, 20_000)).filter(([, word]) => isWanted(word)).slice(0, MOST_MARKS);
  const start = found.length > 0 && found[0][0] > EXCERPT / 2 ? startOfWord(text, found[0][0] - 80) : 0;
  const end = Math.min(text.length, start + EXCERPT);
  return [start > 0 ? "…" : "", ...marked(text, start, end, found), end < text.length ? "…" : ""];
}

/** The whole text, as nodes, with the words of the query in mark elements. */
export function whole(text, isWanted) {
  return marked(text, 0, text.length, wordsOf(text.slice(0, 20_000)).filter(([, word]) => isWanted(word)).slice(0, MOST_MARKS));
}

function startOfWord(text, at) {
  const space = text.indexOf(" ", at);
  return space >= 0 && space < at + 60 ? space + 1 : at;
}

function marked(text, start, end, found) {
  const nodes = [];
  let from = start;
  for (const [at, word] of found) {
    if (at >= from && at + word.length <= end) {
      nodes.push(text.slice(from, at), element("mark", { textContent: word }));
      from = at + word.length;
    }
  }
  nodes.push(text.slice(from, end));
  return nodes;
}
