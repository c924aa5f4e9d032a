package dev.streambed.jobs.kafka;

import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.annotation.PublicEvolving;
import org.jspecify.annotations.Nullable;

/**
 * A record as it is written to Kafka; public for Flink's serialiser.
 *
 * @param key as it was read, unless the profile makes its own
 * @param value null for a tombstone
 * @param headers as they were read, and those that the job adds
 * @param timestampMillis as it was read; negative for none
 * @param source where the record was read that it is of; null for a tombstone of a rejected one
 * @param partitionKey the key that chooses the partition, of the document that a chunk is of; null
 *     if it is the key
 */
@SuppressWarnings("ArrayRecordComponent") // bytes for the wire, never compared
@PublicEvolving
public record OutputRecord(
    byte @Nullable [] key,
    byte @Nullable [] value,
    List<RecordHeader> headers,
    long timestampMillis,
    @Nullable SourcePosition source,
    byte @Nullable [] partitionKey) {

  /** A record whose key chooses the partition. */
  public OutputRecord(
      byte @Nullable [] key,
      byte @Nullable [] value,
      List<RecordHeader> headers,
      long timestampMillis,
      @Nullable SourcePosition source) {
    this(key, value, headers, timestampMillis, source, /* partitionKey= */ null);
  }

  /** The header of each embedding that holds the address of its first vector's space, in UTF-8. */
  public static final String SPACE_HEADER = "streambed-space";

  /** Timestamp of a record that gets the time of its writing. */
  public static final long NO_TIMESTAMP = -1;

  // Kafka's record format 2: 61 bytes of batch, then per record and header lengths of 1 to 5 bytes
  // and deltas of 1 to 10.
  private static final int BATCH_OVERHEAD_BYTES = 61;
  private static final int RECORD_OVERHEAD_BYTES = 36;
  private static final int HEADER_OVERHEAD_BYTES = 10;

  /** A value with key, headers and timestamp of the record it came from. */
  public static OutputRecord of(
      SourceRecord source, byte @Nullable [] value, OutputHeaders headers) {
    return new OutputRecord(
        source.key(),
        value,
        headers.of(source.headers()),
        source.timestampMillis(),
        source.position());
  }

  /** The same under another key. */
  public OutputRecord withKey(byte[] other) {
    return new OutputRecord(other, value, headers, timestampMillis, source, partitionKey);
  }

  /** The same for a chunk of the document that has the key: it lies in the document's partition. */
  public OutputRecord ofChunk(byte[] keyOfChunk) {
    return new OutputRecord(keyOfChunk, value, headers, timestampMillis, source, key);
  }

  /** A tombstone with the same key, in the same partition, and nothing else. */
  public OutputRecord bareTombstone() {
    return new OutputRecord(
        key, /* value= */ null, List.of(), NO_TIMESTAMP, /* source= */ null, partitionKey);
  }

  /** The same with one header more, in place of all that are called the same. */
  public OutputRecord withHeader(RecordHeader header) {
    List<RecordHeader> all = new ArrayList<>(headers.size() + 1);
    for (RecordHeader each : headers) {
      if (!each.key().equals(header.key())) {
        all.add(each);
      }
    }
    all.add(header);
    return new OutputRecord(key, value, all, timestampMillis, source, partitionKey);
  }

  /**
   * An upper limit of the size that Kafka's producer compares with its {@code max.request.size}.
   */
  public long maxBytesOnWire() {
    long bytes = BATCH_OVERHEAD_BYTES + RECORD_OVERHEAD_BYTES + length(key) + length(value);
    for (RecordHeader header : headers) {
      bytes += HEADER_OVERHEAD_BYTES + length(header.value());
      bytes += header.key().getBytes(StandardCharsets.UTF_8).length;
    }
    return bytes;
  }

  private static long length(byte @Nullable [] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  /** Leaves out the content, so that no log shows it. */
  @Override
  public String toString() {
    return "OutputRecord[at most " + maxBytesOnWire() + " bytes]";
  }
}
