// transformers.js with its defaults on the same ONNX file. The variant is the number of texts of a call.
// Speaks the protocol of ContestantServer.java.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { createRequire } from "node:module";
import { env, pipeline } from "@huggingface/transformers";

const [textsFile, modelFolder] = process.argv.slice(2);
const texts = fs.readFileSync(textsFile, "utf8").split("\n");
texts.pop(); // the last line ends with a line break

// The layout of a model repository, from the files that all contestants share.
const models = path.join(import.meta.dirname, "models");
const model = path.join(models, "minilm");
fs.mkdirSync(path.join(model, "onnx"), { recursive: true });
fs.copyFileSync(path.join(modelFolder, "model.onnx"), path.join(model, "onnx", "model.onnx"));
fs.copyFileSync(path.join(modelFolder, "tokenizer.json"), path.join(model, "tokenizer.json"));
fs.writeFileSync(
  path.join(model, "config.json"),
  JSON.stringify({ model_type: "bert", architectures: ["BertModel"], hidden_size: 384, max_position_embeddings: 512 }),
);
fs.writeFileSync(
  path.join(model, "tokenizer_config.json"),
  JSON.stringify({ tokenizer_class: "BertTokenizer", model_max_length: 256, pad_token: "[PAD]" }),
);

env.allowRemoteModels = false;
env.localModelPath = models;
const embed = await pipeline("feature-extraction", "minilm", { dtype: "fp32", device: "cpu" });

async function run(input, variant) {
  const batch = Number(variant);
  const vectors = [];
  const start = process.hrtime.bigint();
  for (let i = 0; i < input.length; i += batch) {
    const output = await embed(input.slice(i, i + batch), { pooling: "mean", normalize: true });
    const length = output.dims[1];
    for (let row = 0; row < output.dims[0]; row++) {
      vectors.push(output.data.slice(row * length, (row + 1) * length));
    }
  }
  return { vectors, nanos: process.hrtime.bigint() - start };
}

const require = createRequire(import.meta.url);
const runtime = JSON.parse(
  fs.readFileSync(path.join(path.dirname(require.resolve("onnxruntime-node")), "..", "package.json"), "utf8"),
);
console.log(`@ready\tonnxruntime=${runtime.version}\tnode=${process.versions.node}`);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [command, first, second] = line.split(" ");
  let pass;
  if (command === "pass") {
    const count = Number(first);
    const input = Array.from({ length: count }, (_, i) => texts[Math.floor((i * texts.length) / count)]);
    pass = await run(input, second);
  } else {
    pass = await run(texts, first);
    const floats = new Float32Array(pass.vectors.length * pass.vectors[0].length);
    pass.vectors.forEach((vector, i) => floats.set(vector, i * vector.length));
    fs.writeFileSync(second, Buffer.from(floats.buffer));
  }
  console.log(`@done ${pass.nanos} -1`); // the heap is not known
}
process.exit(0);
