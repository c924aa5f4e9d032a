package dev.streambed.sql.function;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.TokenCounter;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.SpecialTokensInText;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.embedder.onnx.TextTokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Counts the tokens of texts as the embedder of a model directory does, without a session. Owns the
 * tokeniser.
 *
 * @param prefix the model's default prompt
 */
record ModelTokenCounter(TextTokenizer tokenizer, String prefix, int limit, int maxCharacters)
    implements TokenCounter, AutoCloseable {

  /**
   * Opens the tokeniser of a model directory.
   *
   * @throws dev.streambed.embedder.InvalidModelException if the directory cannot be used
   */
  static ModelTokenCounter open(String directory, EmbedderOptions options) {
    ModelDirectory model = ModelDirectory.open(Path.of(directory));
    ModelDescription description = model.description();
    SpecialTokensInText inText = description.specialTokensInText();
    String prompt = OnnxTextEmbedder.defaultPrompt(description, options);
    return new ModelTokenCounter(
        TextTokenizer.open(
            model.tokenizerFile(),
            description.maxTokens(),
            inText == null ? SpecialTokensInText.TEXT : inText),
        description.prompts().getOrDefault(prompt, ""),
        description.maxTokens(),
        options.maxCharacters());
  }

  @Override
  public void check(String text) {
    if (text.length() > maxCharacters) {
      throw new TextRejectedException(
          Reason.TOO_LONG,
          "The text has %d characters; the limit is %d.".formatted(text.length(), maxCharacters));
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new TextRejectedException(
          Reason.INVALID_UNICODE, "The text has an unpaired surrogate.");
    }
  }

  @Override
  public int tokensForModel(String text) {
    TokenIds tokens = tokenizer.tokenise(prefix + text);
    return tokens.truncated() ? limit + 1 : tokens.length();
  }

  @Override
  public int tokensAlone(String text) {
    return tokenizer.count(text);
  }

  @Override
  public int[] startsAlone(String text) {
    return tokenizer.starts(text);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
