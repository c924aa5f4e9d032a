package dev.streambed.operator.stream;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.util.function.SerializableFunction;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a record that an embedder needs.
 *
 * @param texts empty if it has none
 * @param prompt name of their prompt; null for the embedder's default
 * @param bytes that the record takes while it is in flight
 */
@Internal
public record RecordContent(List<String> texts, @Nullable String prompt, long bytes) {

  /**
   * Finds the content of records; travels with the job graph.
   *
   * @param <T> type of the records
   * @param texts null or empty if a record has none
   * @param prompt null, or for a record, for the embedder's default
   * @param size null for that of the texts
   */
  public record Extractor<T>(
      SerializableFunction<T, ? extends @Nullable List<String>> texts,
      @Nullable SerializableFunction<T, @Nullable String> prompt,
      @Nullable RecordSize<T> size)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The content of a record. */
    public RecordContent of(T input) {
      List<String> found = texts.apply(input);
      List<String> all = found == null ? List.of() : found;
      return new RecordContent(
          all,
          prompt == null ? null : prompt.apply(input),
          size == null ? bytes(all) : size.bytes(input));
    }

    private static long bytes(List<String> texts) {
      long characters = 0;
      for (String text : texts) {
        characters += text == null ? 0 : text.length();
      }
      return characters * Character.BYTES;
    }
  }
}
