// llama.cpp through its binding for Node.js. Speaks the protocol of ContestantServer.java.
//
// The variant is "one" for a text per call, as people use the binding, or the number of tokens that a call takes at most.
// The binding has no call for several texts, so these go through the addon below it. That computes the vectors of all texts
// of a call, but gives the first one's only. So a pass, which is timed, does all the work and reads one vector per call; vectors
// are read one by one, each text as the first of a call with the next one as its company.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { getLlama } from "node-llama-cpp";

const LONGEST_TEXT = 512; // tokens
const MOST_TEXTS = 64; // of a call

const [textsFile, modelFile, threads] = process.argv.slice(2);
const texts = fs.readFileSync(textsFile, "utf8").split("\n");
texts.pop(); // the last line ends with a line break

// Takes the prebuilt library of the package and nothing else: neither compiles nor downloads.
const llama = await getLlama({
  gpu: false,
  build: "never",
  skipDownload: true,
  progressLogs: false,
  logger: (level, message) => console.error(level, message),
});
const model = await llama.loadModel({ modelPath: modelFile });
const [start, end] = [model.tokens.bos, model.tokens.eos];
let opened = { variant: undefined };

// Ids of a text between its start and its end, as the model's tokeniser makes them.
function tokenise(text) {
  const ids = model.tokenize(text).slice(0, LONGEST_TEXT - 2);
  return Uint32Array.from([start, ...ids, end]);
}

// The context of a variant, which holds the memory for its largest call; there is one at a time.
async function contextOf(variant) {
  if (opened.variant !== variant) {
    await opened.context?.dispose();
    const tokens = variant === "one" ? LONGEST_TEXT : Math.max(LONGEST_TEXT, Number(variant));
    const context = new llama._bindings.AddonContext(model._model, {
      contextSize: tokens,
      batchSize: tokens,
      sequences: variant === "one" ? 1 : MOST_TEXTS,
      flashAttention: "auto",
      embeddings: true,
      threads: Number(threads),
    });
    if (!(await context.init())) {
      throw new Error(`Cannot open a context of ${tokens} tokens.`);
    }
    opened = { variant, context, tokens, texts: variant === "one" ? 1 : MOST_TEXTS };
  }
  return opened;
}

// Embeds the texts in one call; gives the vector of the first.
async function call(context, input) {
  context.initBatch(input.reduce((sum, ids) => sum + ids.length, 0));
  input.forEach((ids, sequence) => context.addToBatch(sequence, 0, ids, Uint32Array.from(ids.keys())));
  await context.decodeBatch();
  return Float32Array.from(context.getEmbedding(input[0].length));
}

async function pass(input, variant) {
  const { context, tokens, texts: most } = await contextOf(variant);
  const begin = process.hrtime.bigint();
  let batch = [];
  let size = 0;
  for (const text of input) {
    const ids = tokenise(text);
    if (batch.length === most || (batch.length > 0 && size + ids.length > tokens)) {
      await call(context, batch);
      [batch, size] = [[], 0];
    }
    batch.push(ids);
    size += ids.length;
  }
  await call(context, batch);
  return process.hrtime.bigint() - begin;
}

async function vectors(variant, file) {
  const { context, tokens, texts: most } = await contextOf(variant);
  const begin = process.hrtime.bigint();
  const found = [];
  for (let i = 0; i < texts.length; i++) {
    const ids = tokenise(texts[i]);
    const company = tokenise(texts[(i + 1) % texts.length]);
    const isAlone = most === 1 || ids.length + company.length > tokens;
    found.push(await call(context, isAlone ? [ids] : [ids, company]));
  }
  const floats = new Float32Array(found.length * found[0].length);
  found.forEach((vector, i) => floats.set(vector, i * vector.length));
  fs.writeFileSync(file, Buffer.from(floats.buffer));
  return process.hrtime.bigint() - begin;
}

function packageVersion() {
  const file = path.join(import.meta.dirname, "node_modules", "node-llama-cpp", "package.json");
  return JSON.parse(fs.readFileSync(file, "utf8")).version;
}

console.log(`@ready\tllama.cpp=${llama.llamaCppRelease.release}\tnode-llama-cpp=${packageVersion()}\tnode=${process.versions.node}`);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [command, first, second] = line.split(" ");
  let nanos;
  if (command === "pass") {
    const count = Number(first);
    const input = Array.from({ length: count }, (_, i) => texts[Math.floor((i * texts.length) / count)]);
    nanos = await pass(input, second);
  } else {
    nanos = await vectors(first, second);
  }
  console.log(`@done ${nanos} -1`); // the heap is not known
}
process.exit(0);
