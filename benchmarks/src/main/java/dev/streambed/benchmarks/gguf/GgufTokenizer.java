package dev.streambed.benchmarks.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A tokenizer.json of the kind "Unigram", as XLM-RoBERTa's, in the metadata of llama.cpp, which
 * calls this kind of tokeniser "t5".
 */
final class GgufTokenizer {
  // Numbers of the kinds of tokens.
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int UNUSED = 5;

  private static final float UNUSED_SCORE = -10_000; // as llama.cpp's own converter gives them

  private GgufTokenizer() {}

  /**
   * Adds the tokeniser.
   *
   * @param rows of the word table, at least the tokeniser's tokens; the others are unused
   */
  static void append(Path tokenizerJson, int rows, GgufFile target) throws IOException {
    JsonNode tokenizer = new ObjectMapper().readTree(tokenizerJson.toFile());
    JsonNode vocabulary = tokenizer.required("model").required("vocab");
    int unknown = tokenizer.required("model").required("unk_id").intValue();
    List<String> tokens = new ArrayList<>(rows);
    float[] scores = new float[rows];
    int[] kinds = new int[rows];
    for (JsonNode token : vocabulary) {
      scores[tokens.size()] = token.required(1).floatValue();
      tokens.add(token.required(0).textValue());
    }
    Arrays.fill(kinds, 0, tokens.size(), NORMAL);
    Arrays.fill(kinds, tokens.size(), rows, UNUSED);
    Arrays.fill(scores, tokens.size(), rows, UNUSED_SCORE);
    for (JsonNode added : tokenizer.required("added_tokens")) {
      kinds[added.required("id").intValue()] = CONTROL;
    }
    kinds[unknown] = UNKNOWN;
    while (tokens.size() < rows) {
      tokens.add("[PAD" + tokens.size() + "]");
    }
    target
        .text("tokenizer.ggml.model", "t5")
        .text("tokenizer.ggml.pre", "default")
        .texts("tokenizer.ggml.tokens", tokens)
        .numbers("tokenizer.ggml.scores", scores)
        .numbers("tokenizer.ggml.token_type", kinds)
        .flag("tokenizer.ggml.add_space_prefix", true)
        .flag("tokenizer.ggml.remove_extra_whitespaces", true)
        .number("tokenizer.ggml.token_type_count", 1)
        .flag("tokenizer.ggml.add_bos_token", true)
        .flag("tokenizer.ggml.add_eos_token", true)
        .number("tokenizer.ggml.bos_token_id", tokens.indexOf("<s>"))
        .number("tokenizer.ggml.eos_token_id", tokens.indexOf("</s>"))
        .number("tokenizer.ggml.seperator_token_id", tokens.indexOf("</s>")) // its own spelling
        .number("tokenizer.ggml.padding_token_id", tokens.indexOf("<pad>"))
        .number("tokenizer.ggml.unknown_token_id", unknown);
    JsonNode characters = tokenizer.findValue("precompiled_charsmap");
    if (characters != null) {
      target.bytes("tokenizer.ggml.precompiled_charsmap", characters.binaryValue());
    }
  }
}
