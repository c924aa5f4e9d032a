package dev.streambed.embedder;

import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDirectory;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Turns texts into vectors: the seam between batching and the model. Thread-safe: the workers of
 * {@link MicroBatcher} share one.
 */
@API(status = API.Status.EXPERIMENTAL)
public interface TextEmbedder extends AutoCloseable {
  /** The device that it runs on. */
  Device device();

  /**
   * Whether 8-bit weights of a model are multiplied as signed bytes, which is the fast way that
   * needs VNNI or AMX on x86 processors. The vectors are the same either way. By default false.
   */
  default boolean hasSignedWeights() {
    return false;
  }

  /** How its graph treats padding. */
  TokenLayout layout();

  /** {@link ModelDirectory#digest} of its model, or what tells it from other models. */
  String modelDigest();

  /** Name of its model, for people and for the provenance of vectors. By default the digest. */
  default String modelName() {
    return modelDigest();
  }

  /**
   * Name of the prompt that a text with this prompt name gets: {@value EmbedderOptions#NO_PROMPT}
   * if it is embedded as it is. By default a text that names none gets none.
   */
  default String promptName(@Nullable String promptName) {
    return promptName == null ? EmbedderOptions.NO_PROMPT : promptName;
  }

  /**
   * Puts the prompt before the text and tokenises both.
   *
   * @param promptName name of the prompt; null for the default
   * @throws TextRejectedException if this text cannot be embedded
   */
  TokenIds tokenise(String text, @Nullable String promptName);

  /**
   * Counts the tokens of texts as this embedder does, for a {@link
   * dev.streambed.embedder.chunk.TextSplitter}. By default unsupported.
   *
   * @param promptName name of the prompt of each text; null for the default
   * @return to be used while this embedder is open
   * @throws TextRejectedException if there is no such prompt
   */
  default TokenCounter tokenCounter(@Nullable String promptName) {
    throw new UnsupportedOperationException("This embedder counts no tokens, so it splits none.");
  }

  /**
   * Embeds a batch in one run.
   *
   * @return one embedding per element, in the order of the batch; each depends on its own text
   *     alone
   * @throws InferenceException if the runtime fails; which text is to blame, if any, is not known
   */
  List<Embedding> embed(List<TokenIds> batch);

  /**
   * Tokenises and embeds a known good text, to tell a bad text from a broken runtime.
   *
   * @throws InferenceException if the runtime is broken
   */
  void probe();

  /**
   * Embeds a known good text of a given length, to tell a bad text of that length from a runtime
   * that is broken, or too small for it. By default any known good text.
   *
   * @param tokens special tokens included, at least 1 and at most the model's limit
   * @throws InferenceException if the runtime fails
   */
  default void probe(int tokens) {
    probe();
  }

  /**
   * Makes running and later calls of {@link #embed} fail soon, so that closing need not wait for a
   * batch. It ends the runs of its {@linkplain #lease leases} too.
   */
  void terminate();

  /**
   * A hold on this embedder for one of its users, who can {@link #terminate} it without ending the
   * runs of others. Closing it terminates it, and leaves this embedder open. It must not be used
   * after this embedder was closed.
   *
   * <p>By default a run that has begun goes on to its end.
   */
  default TextEmbedder lease() {
    return new LeasedTextEmbedder(this);
  }

  @Override
  void close();
}
