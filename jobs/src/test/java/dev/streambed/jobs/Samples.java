package dev.streambed.jobs;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.EncodeFunction.ModelUse;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Example records. */
public final class Samples {

  static final ModelUse MODEL =
      new ModelUse(
          List.of(new VectorSpace("tiny", "cd".repeat(6), "mean", 2)),
          "1",
          "ab".repeat(32),
          "fp32",
          "passage");
  static final RecordHeader HEADER = new RecordHeader("trace", new byte[] {1, 2});

  private Samples() {}

  public static byte @Nullable [] utf8(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  /** A record of topic texts, partition 0, with one header and its offset as timestamp. */
  static SourceRecord source(long offset, @Nullable String key, byte @Nullable [] value) {
    return new SourceRecord(
        new SourcePosition("texts", 0, offset), offset, utf8(key), value, List.of(HEADER));
  }

  static InputRecord input(String text, @Nullable String prompt) {
    return new InputRecord(
        source(7, "key", utf8(text)),
        new TextRecord("key", text, prompt, Map.of("year", "1862"), 42));
  }

  static Embedded<InputRecord> embedded(InputRecord input, float... vector) {
    return embedded(input, new Embedding(vector, 3, /* truncated= */ false));
  }

  static Embedded<InputRecord> embedded(InputRecord input, Embedding embedding) {
    return result(input, List.of(embedding));
  }

  /** A record that passed without a text, such as a tombstone. */
  static Embedded<InputRecord> withoutText(InputRecord input) {
    return result(input, List.of());
  }

  private static Embedded<InputRecord> result(InputRecord input, List<Embedding> embeddings) {
    return new Embedded<>(input, embeddings, "passage", "tiny", MODEL.digest());
  }
}
