package dev.streambed.importer.nomic.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The small checkpoints of the goldens, generated into a directory, with a tokeniser of letters.
 */
public final class TestCheckpoints {
  /** 100,192 parameters. */
  public static final CheckpointConfig MICRO =
      new CheckpointConfig(32, 4, 4, 64, 256, 8, 2, 2048, 1e-5, 10_000);

  /** 724,928 parameters. */
  public static final CheckpointConfig TINY =
      new CheckpointConfig(64, 4, 4, 256, 1024, 8, 2, 2048, 1e-5, 10_000);

  private TestCheckpoints() {}

  /** Writes a complete checkpoint directory and returns it. */
  public static Path write(CheckpointConfig config, Path directory) throws IOException {
    SeededCheckpoint.write(config, directory);
    Files.writeString(directory.resolve("tokenizer.json"), tokenizer(), StandardCharsets.UTF_8);
    return directory;
  }

  /**
   * A tokenizer.json of the real model's kind (unigram, metaspace) that knows printable ASCII
   * characters alone.
   */
  static String tokenizer() {
    var vocabulary =
        new StringBuilder("[\"<s>\",0],[\"<pad>\",0],[\"</s>\",0],[\"<unk>\",0],[\"▁\",-2]");
    for (char c = '!'; c <= '~'; c++) {
      String escaped = c == '"' || c == '\\' ? "\\" + c : String.valueOf(c);
      vocabulary.append(",[\"%s\",-3]".formatted(escaped));
    }
    return """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [%s],
         "normalizer": null,
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
           {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}]},
         "post_processor": {"type": "TemplateProcessing",
           "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
             {"SpecialToken": {"id": "</s>", "type_id": 0}}],
           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
           "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
             "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
         "decoder": null,
         "model": {"type": "Unigram", "unk_id": 3, "vocab": [%s], "byte_fallback": false}}
        """
        .formatted(specialTokens(), vocabulary);
  }

  private static String specialTokens() {
    var tokens = new StringBuilder();
    String[] names = {"<s>", "<pad>", "</s>", "<unk>"};
    for (int id = 0; id < names.length; id++) {
      tokens.append(id == 0 ? "" : ", ");
      tokens.append(
          """
          {"id": %d, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}"""
              .formatted(id, names[id]));
    }
    return tokens.toString();
  }
}
