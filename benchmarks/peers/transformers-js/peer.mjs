// transformers.js with its defaults on the same ONNX file. The variant is the number of texts of a call.
// Speaks the protocol of ContestantServer.java.
import fs from "node:fs";
import readline from "node:readline";
import { load, runtime } from "./model.mjs";

const [textsFile, modelFolder] = process.argv.slice(2);
const texts = fs.readFileSync(textsFile, "utf8").split("\n");
texts.pop(); // the last line ends with a line break
const embed = await load(modelFolder);

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

console.log(`@ready\tonnxruntime=${runtime()}\tnode=${process.versions.node}`);

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
