package dev.streambed.embedder.onnx;

import static dev.streambed.embedder.TextRejectedException.Reason.BLANK;
import static dev.streambed.embedder.TextRejectedException.Reason.TOO_MANY_TOKENS;
import static dev.streambed.embedder.TextRejectedException.Reason.UNKNOWN_PROMPT;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenCounter;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The prompts of a model, by name; a prompt stands before a text when it is tokenised. Immutable
 * and thread-safe; the tokeniser belongs to the embedder.
 */
final class Prompts {
  /** A text that every model embeds. */
  private static final String KNOWN_GOOD = "The quick brown fox jumps over the lazy dog.";

  /** The prompt of stored texts, as opposed to queries, in every model that has one. */
  private static final String PASSAGE = "passage";

  private final ModelDescription description;
  private final TextTokenizer tokenizer;
  private final String defaultName;
  private final int maxCharacters;
  private final int maxTokens; // above the model's limit if long texts are truncated
  private final Map<String, Prompt> prompts = new HashMap<>();

  /** The words before a text, and their tokens when no text follows. */
  @SuppressWarnings("ArrayRecordComponent") // private, never compared
  private record Prompt(String prefix, long[] idsAlone) {}

  /**
   * Tokenises the prompts of a model.
   *
   * @throws InvalidModelException if nothing is left of an empty text: the tokeniser adds no
   *     special tokens
   */
  Prompts(ModelDirectory model, EmbedderOptions options, TextTokenizer tokenizer) {
    this.description = model.description();
    this.tokenizer = tokenizer;
    this.defaultName = defaultName(description, options);
    this.maxCharacters = options.maxCharacters();
    this.maxTokens = maxTokens(description, options);
    try {
      description.prompts().forEach(this::add);
      add(EmbedderOptions.NO_PROMPT, "");
    } catch (IllegalArgumentException e) { // TokenIds: there are none
      throw new InvalidModelException(
          "Tokeniser %s adds no special tokens, such as [CLS] and [SEP], to a text. Use the tokenizer.json that was published with the model."
              .formatted(model.tokenizerFile()),
          e);
    }
  }

  private void add(String name, String prefix) {
    prompts.put(name, new Prompt(prefix, tokenizer.tokenise(prefix).ids()));
  }

  /**
   * Checks the prompt of the options against a model.
   *
   * @throws InvalidModelException if the model has no such prompt
   */
  static void check(ModelDescription description, EmbedderOptions options) {
    String prompt = options.prompt();
    if (prompt != null
        && !prompt.equals(EmbedderOptions.NO_PROMPT)
        && !description.prompts().containsKey(prompt)) {
      throw new InvalidModelException(
          "Model %s has no prompt '%s'; it has %s."
              .formatted(description.name(), prompt, names(description)));
    }
  }

  private static int maxTokens(ModelDescription description, EmbedderOptions options) {
    Integer most = options.maxTokens();
    if (most == null) {
      return Integer.MAX_VALUE;
    }
    return most == 0 ? description.maxTokens() : most;
  }

  /** Name of the prompt for texts that name none. */
  static String defaultName(ModelDescription description, EmbedderOptions options) {
    String asked = options.prompt();
    if (asked != null) {
      return asked;
    }
    return description.prompts().containsKey(PASSAGE) ? PASSAGE : EmbedderOptions.NO_PROMPT;
  }

  /** Name of the prompt that a text with this prompt name gets. */
  String name(@Nullable String promptName) {
    return promptName == null ? defaultName : promptName;
  }

  /**
   * Checks a text, and tokenises it with its prompt before it.
   *
   * @param promptName null for the default
   * @throws TextRejectedException if there is no such prompt, the text fails {@link TextCheck},
   *     nothing is left of it, or it has more tokens than the options allow
   */
  TokenIds tokenise(String text, @Nullable String promptName) {
    Prompt prompt = prompt(promptName);
    TextCheck.check(text, maxCharacters);
    TokenIds tokens = tokenizer.tokenise(prompt.prefix + text);
    if (Arrays.equals(tokens.ids(), prompt.idsAlone)) {
      throw new TextRejectedException(
          BLANK, "Nothing is left of the text (%d characters) to embed.".formatted(text.length()));
    }
    if (tokens.length() > maxTokens || (tokens.truncated() && maxTokens != Integer.MAX_VALUE)) {
      throw new TextRejectedException(
          TOO_MANY_TOKENS,
          "The text has %d tokens with prompt and special tokens (%d characters); the limit is %d."
              .formatted(count(prompt, text), text.length(), maxTokens));
    }
    return tokens;
  }

  /** A text that every model embeds. */
  TokenIds knownGood() {
    return tokenizer.tokenise(KNOWN_GOOD);
  }

  /** As long a text as the model takes. */
  TokenIds longestKnownGood() {
    return tokenizer.tokenise((KNOWN_GOOD + " ").repeat(description.maxTokens()));
  }

  /** The same of so many tokens, special tokens included. */
  TokenIds knownGood(int tokens) {
    long[] known = knownGood().ids();
    int words = Math.max(1, known.length - 2); // between the special tokens at its ends
    long[] ids = new long[tokens];
    for (int i = 0; i < tokens; i++) {
      ids[i] = known[(1 + i % words) % known.length];
    }
    ids[0] = known[0];
    ids[tokens - 1] = known[known.length - 1];
    return new TokenIds(ids, /* truncated= */ false);
  }

  /** All tokens of a text as the model would get it, if it took so many. */
  private int count(Prompt prompt, String text) {
    int special = prompt.idsAlone.length - tokenizer.count(prompt.prefix);
    return special + tokenizer.count(prompt.prefix + text);
  }

  /**
   * A counter of tokens in texts that follow on a prompt.
   *
   * @param promptName null for the default
   * @throws TextRejectedException if there is no such prompt
   */
  TokenCounter counter(@Nullable String promptName) {
    return new Counter(prompt(promptName).prefix);
  }

  private Prompt prompt(@Nullable String promptName) {
    Prompt prompt = prompts.get(name(promptName));
    if (prompt == null) {
      throw new TextRejectedException(
          UNKNOWN_PROMPT,
          "The model has no prompt of the name that the record asks for; it has %s."
              .formatted(names(description)));
    }
    return prompt;
  }

  private final class Counter implements TokenCounter {
    private final String prefix;

    Counter(String prefix) {
      this.prefix = prefix;
    }

    @Override
    public int limit() {
      return description.maxTokens();
    }

    @Override
    public void check(String text) {
      TextCheck.check(text, maxCharacters);
    }

    @Override
    public int tokensForModel(String text) {
      TokenIds tokens = tokenizer.tokenise(prefix + text);
      return tokens.truncated() ? limit() + 1 : tokens.length();
    }

    @Override
    public int tokensAlone(String text) {
      return tokenizer.count(text);
    }

    @Override
    public int[] startsAlone(String text) {
      return tokenizer.starts(text);
    }
  }

  private static String names(ModelDescription description) {
    List<String> names = new ArrayList<>(description.prompts().keySet());
    names.add(EmbedderOptions.NO_PROMPT);
    return String.join(", ", names);
  }
}
