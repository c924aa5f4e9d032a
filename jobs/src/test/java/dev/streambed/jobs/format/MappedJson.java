package dev.streambed.jobs.format;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** JSON that a mapping reads, for tests. */
final class MappedJson {
  private static final byte[] KEY = "kafka-key".getBytes(StandardCharsets.UTF_8);
  static final long TIMESTAMP = 1_700_000_000_000L;

  private MappedJson() {}

  static void assertRefused(RecordFormat format, String json, Reason reason) {
    assertThatThrownBy(() -> decode(format, json))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageNotContaining("secret")
        .extracting(e -> ((MalformedRecordException) e).reason())
        .isEqualTo(reason);
  }

  static RecordFormat format(@Nullable RecordMapping mapping) {
    return new RecordFormat(TextFormat.JSON, KeyFormat.STRING, mapping);
  }

  static TextRecord decode(RecordFormat format, String json) {
    byte[] value = json.getBytes(StandardCharsets.UTF_8);
    return Objects.requireNonNull(format.open().decode(record(KEY, value)).text());
  }

  static SourceRecord record(byte[] key, byte[] value) {
    return new SourceRecord(new SourcePosition("texts", 0, 0), TIMESTAMP, key, value, List.of());
  }
}
