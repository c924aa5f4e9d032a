package dev.streambed.importer.onnx;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.SpecialTokensInText;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.TokenizerFile;
import java.util.Map;
import java.util.OptionalLong;

/** Checks that a tokeniser belongs to a model, before the model is tried. */
final class TokenizerCheck {
  private static final int PADDING = 64; // word tables are filled up to a multiple of it

  private final OnnxImport source;
  private final TokenizerFile tokenizer;

  TokenizerCheck(OnnxImport source, TokenizerFile tokenizer) {
    this.source = source;
    this.tokenizer = tokenizer;
  }

  /**
   * Compares its ids with the rows of the model's word table.
   *
   * @throws InvalidModelException if it has ids that the table has no row for
   */
  void checkVocabulary(OptionalLong rows, ImportProgress progress) {
    if (rows.isEmpty()) {
      return;
    }
    long ids = tokenizer.highestId() + 1;
    if (ids > rows.getAsLong()) {
      throw new InvalidModelException(
          "Tokeniser %s has token ids up to %d, but the word table of ONNX model %s has %d rows. They do not belong together."
              .formatted(
                  tokenizer.file(), tokenizer.highestId(), source.onnxFile(), rows.getAsLong()));
    }
    if (ids > 0 && rows.getAsLong() >= (ids / PADDING + 1) * PADDING + 1) {
      progress.stepTells(
          "warning: the tokeniser has %d ids, the word table of the model %d rows; make sure that they belong together"
              .formatted(ids, rows.getAsLong()));
    }
  }

  /**
   * Checks that a prompt needs no special tokens.
   *
   * @throws InvalidModelException if one is, and they are to be text
   */
  void checkPrompts(Map<String, String> prompts) {
    if (source.specialTokensInText() == SpecialTokensInText.CONTROL) {
      return;
    }
    prompts.forEach(
        (name, prefix) -> {
          for (String token : tokenizer.specialTokens()) {
            if (prefix.contains(token)) {
              throw new InvalidModelException(
                  "The prompt %s has the special token %s in it, which would be text like any other. If it and those in the texts are to control the model: --special-tokens control"
                      .formatted(name, token));
            }
          }
        });
  }
}
