// Loads the model for transformers.js, from the files that all contestants share.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { env, pipeline } from "@huggingface/transformers";

// Gives the pipeline, with its defaults.
export async function load(modelFolder) {
  // The layout of a model repository.
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
  return pipeline("feature-extraction", "minilm", { dtype: "fp32", device: "cpu" });
}

// The version of ONNX Runtime.
export function runtime() {
  const require = createRequire(import.meta.url);
  const file = path.join(path.dirname(require.resolve("onnxruntime-node")), "..", "package.json");
  return JSON.parse(fs.readFileSync(file, "utf8")).version;
}
