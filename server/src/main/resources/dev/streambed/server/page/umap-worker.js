// Arranges vectors by UMAP, away from the page. Takes {n, dimensions, vectors}, answers {done, positions} now and then, and {finished, positions} at the end.
// A classic worker, as umap-js.js is no module.

importScripts("umap-js.js");

const NEIGHBOURS = 15;
const SHOWN_EVERY_EPOCHS = 10;
const SEED = 20260101; // the same vectors are arranged alike

/** A small generator of random numbers (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Starts from the first two components rather than from noise, so that what is far apart stays so. */
function startFromComponents(embedding, rows) {
  const most = rows.reduce((max, row) => Math.max(max, Math.abs(row[0]), Math.abs(row[1] ?? 0)), 1e-9);
  embedding.forEach((place, i) => {
    place[0] = (rows[i][0] / most) * 10 + place[0] * 1e-3;
    place[1] = ((rows[i][1] ?? 0) / most) * 10 + place[1] * 1e-3;
  });
}

/** The positions in -1 to 1, as x, y, x, y … */
function positionsOf(embedding) {
  const centre = [0, 1].map((c) => embedding.reduce((sum, place) => sum + place[c], 0) / embedding.length);
  const most = embedding.reduce((max, place) => Math.max(max, Math.abs(place[0] - centre[0]), Math.abs(place[1] - centre[1])), 1e-9);
  const positions = new Float32Array(embedding.length * 2);
  embedding.forEach((place, i) => {
    positions[2 * i] = (place[0] - centre[0]) / most;
    positions[2 * i + 1] = (place[1] - centre[1]) / most;
  });
  return positions;
}

self.onmessage = ({ data: { n, dimensions, vectors } }) => {
  const rows = Array.from({ length: n }, (_, i) => Array.from(vectors.subarray(i * dimensions, (i + 1) * dimensions)));
  const umap = new UMAP.UMAP({ nComponents: 2, nNeighbors: Math.min(NEIGHBOURS, n - 1), minDist: 0.1, random: generator(SEED) });
  const epochs = umap.initializeFit(rows);
  startFromComponents(umap.getEmbedding(), rows);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    umap.step();
    if (epoch % SHOWN_EVERY_EPOCHS === 0 && epoch < epochs) {
      self.postMessage({ done: epoch / epochs, positions: positionsOf(umap.getEmbedding()) });
    }
  }
  self.postMessage({ finished: true, positions: positionsOf(umap.getEmbedding()) });
};
