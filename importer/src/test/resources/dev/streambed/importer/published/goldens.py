"""Writes what the published models of langchain4j's artefacts give, by their publishers' rules, without Streambed.

usage: goldens.py ONNX_FILE TOKENIZER_FILE cls|mean NAME > NAME.json

Tokenises with the tokenizers library (special tokens in texts are text), runs the file as published in ONNX Runtime,
pools and normalises here, in double precision.
"""

import json
import sys

import numpy
import onnxruntime
import tokenizers

ENGLISH = [
    "Hello",
    "Streams carry records from one place to another.",
    "A vector of a text is the same, alone and in a batch.",
    "the [SEP] between [CLS] two texts is text, and so is [MASK]",
    "The state of our union is strong because our people are strong. ",
]
CHINESE = [
    "你好",
    "流处理系统把记录从一个地方送到另一个地方。",
    "一段文字的向量，无论单独还是成批，都是一样的。",
    "两段 [SEP] 文字之间 [CLS] 的标记也是文字 [MASK]",
    "我们的国家是强大的，因为我们的人民是强大的。",
]
PROMPTS = {
    "bge-small-en": {"query": "Represent this sentence for searching relevant passages: "},
    "bge-small-zh": {"query": "为这个句子生成表示以用于检索相关文章："},
    "e5-small": {"query": "query: ", "passage": "passage: "},
}


def main():
    onnx, tokenizer_file, pooling, name = sys.argv[1:]
    prompts = next(value for key, value in PROMPTS.items() if name.startswith(key))
    texts = [(prompt, text) for prompt in ["none", *prompts] for text in (CHINESE if "-zh-" in name else ENGLISH)]
    long = 5 if name.endswith("-q") else 60  # the gate runs the small ones; 60 are more than 512 tokens
    texts = [(prompt, text * long if text in (ENGLISH[-1], CHINESE[-1]) else text) for prompt, text in texts]
    tokenizer = tokenizers.Tokenizer.from_file(tokenizer_file)
    tokenizer.encode_special_tokens = True
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    ids = [tokenizer.encode(prompts.get(prompt, "") + text).ids for prompt, text in texts]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.x64quantprecision", "1")  # bytes are multiplied without overflow
    session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    alone = [run(session, [one], pooling)[0] for one in ids]
    together = run(session, ids, pooling)
    difference = max(float(numpy.abs(a - b).max()) for a, b in zip(alone, together))
    document = {
        "pooling": pooling,
        "greatestDifferenceBetweenAloneAndTogether": difference,
        "prompts": prompts,
        "texts": [
            {"prompt": prompt, "text": text, "ids": one, "alone": rounded(vector)}
            for (prompt, text), one, vector in zip(texts, ids, alone)
        ],
    }
    if difference > 1e-5:
        for entry, vector in zip(document["texts"], together):
            entry["together"] = rounded(vector)
    json.dump(document, sys.stdout, ensure_ascii=False, separators=(",", ":"))
    print(file=sys.stdout)
    print(name, "alone against together:", difference, file=sys.stderr)


def run(session, batch, pooling):
    longest = max(len(ids) for ids in batch)
    ids = numpy.array([one + [0] * (longest - len(one)) for one in batch], dtype=numpy.int64)
    mask = numpy.array([[1] * len(one) + [0] * (longest - len(one)) for one in batch], dtype=numpy.int64)
    feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
    hidden = session.run(["last_hidden_state"], feeds)[0].astype(numpy.float64)
    if pooling == "cls":
        pooled = hidden[:, 0]
    else:
        weights = mask[:, :, None].astype(numpy.float64)
        pooled = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
    return pooled / numpy.linalg.norm(pooled, axis=1, keepdims=True)


def rounded(vector):
    return [float("%.6g" % component) for component in vector]


main()
