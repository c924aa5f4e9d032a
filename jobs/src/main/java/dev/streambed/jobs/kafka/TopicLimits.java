package dev.streambed.jobs.kafka;

import dev.streambed.jobs.options.SinkOptions;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.annotation.Internal;
import org.apache.kafka.common.config.TopicConfig;

/**
 * The sizes, times and keys of records that a topic takes. A refused record would restart the job
 * for ever, so each record is held to these limits before the sink (docs/decisions/0082).
 *
 * @param maxRecordBytes largest record with key and headers
 * @param maxAgeMillis how far a timestamp may lie in the past; {@link #UNLIMITED} for any
 * @param maxLeadMillis how far it may lie in the future; {@link #UNLIMITED} for any
 * @param requiresKey whether it refuses records without a key
 */
@Internal
public record TopicLimits(
    int maxRecordBytes, long maxAgeMillis, long maxLeadMillis, boolean requiresKey)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final long UNLIMITED = Long.MAX_VALUE;

  /**
   * The largest difference between the clocks of brokers and TaskManagers, plus the time that a
   * record waits for a broker (delivery.timeout.ms is 2 min).
   */
  public static final Duration MARGIN = Duration.ofMinutes(5);

  /** Kafka 4's default of message.timestamp.after.max.ms, for topics whose settings are secret. */
  private static final long USUAL_LEAD_MILLIS = Duration.ofHours(1).toMillis();

  // lz4, snappy, gzip and zstd add at most this to bytes that do not get shorter: a few bytes per
  // block of 16 KiB or more, and a header.
  private static final int LARGEST_BLOCK_SHARE = 1024;
  private static final int COMPRESSION_HEADER_BYTES = 256;

  /** The limits of a topic whose settings the job may not see. */
  static TopicLimits unknown(SinkOptions sink) {
    return new TopicLimits(
        compressed(sink.maxRecordBytes(), sink.compresses()),
        UNLIMITED,
        USUAL_LEAD_MILLIS,
        /* requiresKey= */ false);
  }

  /** The limits of a topic with these settings; each of them may be absent. */
  public static TopicLimits of(Map<String, String> settings, SinkOptions sink) {
    if (settings.isEmpty()) {
      return unknown(sink);
    }
    long largest = longOf(settings, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, UNLIMITED);
    String compression = settings.getOrDefault(TopicConfig.COMPRESSION_TYPE_CONFIG, "producer");
    boolean isCompressed =
        compression.equals("producer") ? sink.compresses() : !compression.equals("uncompressed");
    boolean keepsTimestamps =
        !"LogAppendTime".equals(settings.get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG));
    // Before Kafka 3.6 there was one limit for both.
    long difference = longOf(settings, "message.timestamp.difference.max.ms", UNLIMITED);
    return new TopicLimits(
        compressed((int) Math.min(largest, sink.maxRecordBytes()), isCompressed),
        keepsTimestamps
            ? longOf(settings, TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG, difference)
            : UNLIMITED,
        keepsTimestamps
            ? longOf(settings, TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, difference)
            : UNLIMITED,
        settings.getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "").contains("compact"));
  }

  private static long longOf(Map<String, String> settings, String name, long absent) {
    String value = settings.get(name);
    return value == null ? absent : Long.parseLong(value);
  }

  private static int compressed(int maxRecordBytes, boolean isCompressed) {
    return isCompressed
        ? maxRecordBytes - maxRecordBytes / LARGEST_BLOCK_SHARE - COMPRESSION_HEADER_BYTES
        : maxRecordBytes;
  }

  public boolean takesSizeOf(OutputRecord record) {
    return record.maxBytesOnWire() <= maxRecordBytes;
  }

  /**
   * Whether the topic takes a record of this timestamp, now and for as long as it may wait for a
   * broker.
   *
   * @param timestampMillis negative for none, which any topic takes
   */
  public boolean takesTimestamp(long timestampMillis, long nowMillis) {
    if (timestampMillis < 0) {
      return true;
    }
    // None of these differences overflows: both times are positive.
    return nowMillis - timestampMillis <= withMargin(maxAgeMillis)
        && timestampMillis - nowMillis <= withMargin(maxLeadMillis);
  }

  /** A limit less the margin; half the limit if it is shorter than two margins. */
  private static long withMargin(long limitMillis) {
    return limitMillis == UNLIMITED
        ? UNLIMITED
        : limitMillis - Math.min(MARGIN.toMillis(), limitMillis / 2);
  }

  /** True if the topic takes a record of now even if the clocks are apart by the margin. */
  public boolean toleratesClocks() {
    return maxAgeMillis >= MARGIN.toMillis() && maxLeadMillis >= MARGIN.toMillis();
  }

  /** The limits of timestamps, for messages. */
  public String timestamps() {
    return "%s=%s, %s=%s"
        .formatted(
            TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG,
            maxAgeMillis == UNLIMITED ? "unlimited" : maxAgeMillis,
            TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG,
            maxLeadMillis == UNLIMITED ? "unlimited" : maxLeadMillis);
  }
}
