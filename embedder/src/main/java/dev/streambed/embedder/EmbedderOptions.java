package dev.streambed.embedder;

import static dev.streambed.embedder.Requirements.check;

import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The use of a model directory.
 *
 * @param dimensions lengths of the vectors, within the model's range; 0 for the model's full
 *     length. At least one, and each once: a text gets a vector of each, from one inference
 * @param prompt name of the prompt for texts that name none, {@value #NO_PROMPT} to embed them as
 *     they are; null for {@code passage} if the model has it, else as they are
 * @param maxCharacters longest text in UTF-16 units; a longer one is rejected, not truncated. It
 *     bounds the time and memory of tokenising, which sees the whole text before it truncates to
 *     the model's tokens
 * @param intraOpThreads threads of one inference run, 1 to 1024. More than 1 only if there are
 *     fewer workers than cores
 * @param device the device to run the model on
 * @param maxTokens most tokens of a text, prompt and special tokens included, 0 for the model's
 *     limit; a longer one is rejected. Null: it is truncated to the model's limit
 */
@API(status = API.Status.EXPERIMENTAL)
public record EmbedderOptions(
    List<Integer> dimensions,
    @Nullable String prompt,
    int maxCharacters,
    int intraOpThreads,
    DeviceChoice device,
    @Nullable Integer maxTokens)
    implements Serializable {
  public static final Range<Integer> DIMENSIONS = Range.orZero(Range.atLeast(1), "the model's own");
  public static final Range<Integer> MAX_CHARACTERS = Range.atLeast(1);
  public static final Range<Integer> MAX_TOKENS =
      Range.orZero(Range.atLeast(1), "the model's limit");
  public static final Range<Integer> INTRA_OP_THREADS = Range.between(1, 1024);

  /** The prompt name that means: embed the text as it is. */
  public static final String NO_PROMPT = "none";

  /** A million characters tokenise in about a quarter of a second. */
  public static final int DEFAULT_MAX_CHARACTERS = 1_000_000;

  public static final EmbedderOptions DEFAULT =
      new EmbedderOptions(List.of(0), null, DEFAULT_MAX_CHARACTERS, 1, DeviceChoice.CPU);

  public EmbedderOptions {
    check(!dimensions.isEmpty(), "dimensions", dimensions, "at least one length");
    for (int each : dimensions) {
      DIMENSIONS.require("dimensions", each);
    }
    check(
        new HashSet<>(dimensions).size() == dimensions.size(),
        "dimensions",
        dimensions,
        "lengths of which no two are equal");
    dimensions = List.copyOf(dimensions);
    MAX_CHARACTERS.require("maxCharacters", maxCharacters);
    INTRA_OP_THREADS.require("intraOpThreads", intraOpThreads);
    if (maxTokens != null) {
      MAX_TOKENS.require("maxTokens", maxTokens);
    }
  }

  /** With long texts truncated. */
  public EmbedderOptions(
      List<Integer> dimensions,
      @Nullable String prompt,
      int maxCharacters,
      int intraOpThreads,
      DeviceChoice device) {
    this(dimensions, prompt, maxCharacters, intraOpThreads, device, /* maxTokens= */ null);
  }

  /** With vectors of one length. */
  public EmbedderOptions(
      int dimensions,
      @Nullable String prompt,
      int maxCharacters,
      int intraOpThreads,
      DeviceChoice device) {
    this(List.of(dimensions), prompt, maxCharacters, intraOpThreads, device);
  }

  public EmbedderOptions withDimensions(int newDimensions) {
    return withDimensions(List.of(newDimensions));
  }

  /** With a vector of each length for a text, from one inference. */
  public EmbedderOptions withDimensions(List<Integer> newDimensions) {
    return new EmbedderOptions(
        newDimensions, prompt, maxCharacters, intraOpThreads, device, maxTokens);
  }

  public EmbedderOptions withPrompt(@Nullable String newPrompt) {
    return new EmbedderOptions(
        dimensions, newPrompt, maxCharacters, intraOpThreads, device, maxTokens);
  }

  public EmbedderOptions withDevice(DeviceChoice newDevice) {
    return new EmbedderOptions(
        dimensions, prompt, maxCharacters, intraOpThreads, newDevice, maxTokens);
  }

  /** With texts of more tokens rejected; null: they are truncated. */
  public EmbedderOptions withMaxTokens(@Nullable Integer newMaxTokens) {
    return new EmbedderOptions(
        dimensions, prompt, maxCharacters, intraOpThreads, device, newMaxTokens);
  }
}
