package dev.streambed.operator;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import org.jspecify.annotations.Nullable;

/**
 * A record with what became of its text: embedded, failed, or neither where it had none. One type
 * with empty fields instead of one per outcome, because Flink serialises records without Kryo, but
 * no interfaces.
 *
 * @param <T> type of the record
 * @param vector unit vector; null unless embedded; owned by the receiver
 * @param tokens tokens that were embedded; 0 unless embedded
 * @param truncated whether tokens beyond the model's limit were cut off
 * @param failureReason name of the {@link TextRejectedException.Reason}; null unless failed
 * @param failureMessage for people, without the text; null unless failed
 */
@SuppressWarnings("ArrayRecordComponent") // carries a vector between operators, never compared
public record Enriched<T>(
    T input,
    float @Nullable [] vector,
    int tokens,
    boolean truncated,
    @Nullable String failureReason,
    @Nullable String failureMessage) {

  static <T> Enriched<T> embedded(T input, Embedding embedding) {
    return new Enriched<>(
        input, embedding.vector(), embedding.tokens(), embedding.truncated(), null, null);
  }

  static <T> Enriched<T> failed(T input, TextRejectedException failure) {
    return new Enriched<>(
        input, null, 0, false, failure.reason().name(), String.valueOf(failure.getMessage()));
  }

  static <T> Enriched<T> withoutText(T input) {
    return new Enriched<>(input, null, 0, false, null, null);
  }

  public boolean isEmbedded() {
    return vector != null;
  }

  public boolean isFailed() {
    return failureReason != null;
  }
}
