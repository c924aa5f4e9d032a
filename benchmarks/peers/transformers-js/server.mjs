// A server over transformers.js, as its users write one: Node's HTTP server, and a call of the pipeline per request.
// It answers POST /v1/embeddings with vectors in base64, as OpenAI's clients want them.
import http from "node:http";
import { load } from "./model.mjs";

const embed = await load(process.argv[2]);

async function answer(body) {
  const { input, model } = JSON.parse(body);
  const texts = Array.isArray(input) ? input : [input];
  const output = await embed(texts, { pooling: "mean", normalize: true });
  const length = output.dims[1];
  const data = texts.map((_, index) => {
    const vector = output.data.slice(index * length, (index + 1) * length);
    return { object: "embedding", index, embedding: Buffer.from(vector.buffer).toString("base64") };
  });
  return JSON.stringify({ object: "list", data, model });
}

const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let status = 200;
  let text;
  try {
    text = await answer(Buffer.concat(chunks).toString());
  } catch (error) {
    status = 500;
    text = JSON.stringify({ error: { message: String(error.name) } });
  }
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
});
// A run holds up the event loop, which then closes connections whose next request it has not read yet.
server.keepAliveTimeout = 120_000;
server.headersTimeout = 125_000;
server.requestTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(`Serving at http://127.0.0.1:${server.address().port}`));
