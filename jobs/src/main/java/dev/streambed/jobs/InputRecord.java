package dev.streambed.jobs;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.jobs.format.Decoded;
import dev.streambed.jobs.format.Decoded.Kind;
import dev.streambed.jobs.format.RecordDecoder;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * A record on its way to the embedder; public for Flink. While it is in flight, checkpoints hold
 * the record as it was read, without a second copy of its text (docs/decisions/0085).
 *
 * @param source the record as it was read, for a dead letter of a later step
 * @param text null for a tombstone, and for a record that comes from a checkpoint
 */
@PublicEvolving
@TypeInfo(InputRecordType.Factory.class)
public record InputRecord(SourceRecord source, @Nullable TextRecord text) {

  /**
   * Header of what {@link #ofRejected} makes; as state has records of Kafka, nothing else says it.
   */
  private static final String REJECTED = "streambed-rejected";

  // Objects of a decoded text, beside characters: String, map, TextRecord.
  private static final int TEXT_OVERHEAD_BYTES = 256;

  /** Deletes the embedding under the key of a record that has become a dead letter. */
  static InputRecord ofRejected(SourceRecord record) {
    List<RecordHeader> headers = new ArrayList<>(record.headers());
    headers.add(new RecordHeader(REJECTED, /* value= */ null));
    return new InputRecord(deletion(record, headers), /* text= */ null);
  }

  /** Whether this deletes the embedding of a record that has its dead letter already. */
  boolean isOfRejected() {
    List<RecordHeader> headers = source.headers();
    return source.value() == null
        && !headers.isEmpty()
        && headers.get(headers.size() - 1).key().equals(REJECTED);
  }

  /** The record that {@link #ofRejected} was given, without its value. */
  SourceRecord unmarked() {
    return deletion(source, source.headers().subList(0, source.headers().size() - 1));
  }

  private static SourceRecord deletion(SourceRecord record, List<RecordHeader> headers) {
    return new SourceRecord(
        record.position(), record.timestampMillis(), record.key(), /* value= */ null, headers);
  }

  /**
   * Its text, decoded now if it comes from a checkpoint.
   *
   * @return null for a tombstone
   * @throws MalformedRecordException if it has another format, because that was changed since the
   *     checkpoint
   */
  @Nullable TextRecord decoded(Supplier<RecordDecoder> decoder) {
    if (text != null || source.value() == null) {
      return text;
    }
    Decoded decoded = decoder.get().decode(source);
    if (decoded.kind() == Kind.SKIPPED) {
      throw malformed(
          "record", Reason.INVALID_VALUE, "the format was changed while it was in flight");
    }
    return decoded.text();
  }

  /**
   * Heap that it takes, about: its bytes as they were read, and two bytes per character of text.
   */
  long bytes() {
    long bytes = length(source.key());
    for (RecordHeader header : source.headers()) {
      bytes += length(header.value()) + 2L * header.key().length();
    }
    return bytes + 3 * length(source.value()) + TEXT_OVERHEAD_BYTES;
  }

  private static long length(byte @Nullable [] bytes) {
    return bytes == null ? 0 : bytes.length;
  }
}
