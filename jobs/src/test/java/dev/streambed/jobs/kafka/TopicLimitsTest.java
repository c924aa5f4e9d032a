package dev.streambed.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.Options;
import dev.streambed.jobs.options.SinkOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TopicLimitsTest {
  private static final long NOW = 1_763_776_800_000L;
  private static final long HOUR = Duration.ofHours(1).toMillis();

  @Test
  void takesAnyTimeThatTheTopicTakesLessAMarginForClocks() {
    TopicLimits limits =
        of(
            "message.timestamp.after.max.ms",
            "3600000",
            "message.timestamp.before.max.ms",
            "86400000");

    assertThat(limits.takesTimestamp(NOW, NOW)).isTrue();
    assertThat(limits.takesTimestamp(NOW + HOUR * 9 / 10, NOW)).isTrue();
    assertThat(limits.takesTimestamp(NOW + HOUR, NOW)).isFalse();
    assertThat(limits.takesTimestamp(NOW * 1000, NOW)).as("microseconds").isFalse();
    assertThat(limits.takesTimestamp(Long.MAX_VALUE, NOW)).isFalse();
    assertThat(limits.takesTimestamp(NOW - 23 * HOUR, NOW)).isTrue();
    assertThat(limits.takesTimestamp(NOW - 24 * HOUR, NOW)).isFalse();
    assertThat(limits.takesTimestamp(0, NOW)).isFalse();
    assertThat(limits.takesTimestamp(-1, NOW)).as("none").isTrue();
  }

  @Test
  void takesAnyTimeIfTheBrokerSetsItsOwn() {
    TopicLimits limits =
        of("message.timestamp.type", "LogAppendTime", "message.timestamp.after.max.ms", "3600000");

    assertThat(limits.takesTimestamp(NOW + 2 * HOUR, NOW)).isTrue();
  }

  @Test
  void knowsTheOneLimitOfBrokersBeforeKafka36() {
    TopicLimits limits = of("message.timestamp.difference.max.ms", "3600000");

    assertThat(limits.takesTimestamp(NOW + 2 * HOUR, NOW)).isFalse();
    assertThat(limits.takesTimestamp(NOW - 2 * HOUR, NOW)).isFalse();
  }

  @Test
  void assumesKafkasDefaultsOfATopicThatItMayNotSee() {
    TopicLimits limits = TopicLimits.of(Map.of(), sink());

    assertThat(limits.takesTimestamp(NOW + 2 * HOUR, NOW)).isFalse();
    assertThat(limits.takesTimestamp(0, NOW)).isTrue();
    assertThat(limits.maxRecordBytes()).isEqualTo(1 << 20);
  }

  @Test
  void leavesHalfOfATightLimitToRecordsOfNow() {
    TopicLimits limits = of("message.timestamp.before.max.ms", "60000");

    assertThat(limits.takesTimestamp(NOW - 29_000, NOW)).isTrue();
    assertThat(limits.takesTimestamp(NOW - 31_000, NOW)).isFalse();
    assertThat(limits.toleratesClocks()).isFalse();
    assertThat(of("message.timestamp.before.max.ms", "300000").toleratesClocks()).isTrue();
  }

  @Test
  void takesNoMoreThanTheTopicDoes() {
    assertThat(of("max.message.bytes", "100000").maxRecordBytes()).isEqualTo(100_000);
    assertThat(of("cleanup.policy", "compact,delete").requiresKey()).isTrue();
    assertThat(of("cleanup.policy", "delete").requiresKey()).isFalse();
  }

  /** Bytes that do not get shorter get longer, and the broker compares that. */
  @ParameterizedTest
  @EnumSource(value = CompressionType.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void leavesRoomForWhatCompressionAdds(CompressionType type) throws IOException {
    byte[] value = new byte[900_000];
    new Random(1).nextBytes(value);
    var record = new OutputRecord(null, value, List.of(), NOW, null);
    int compressed =
        MemoryRecords.withRecords(Compression.of(type).build(), new SimpleRecord(NOW, value))
            .sizeInBytes();
    assertThat(compressed).isGreaterThan(value.length);

    TopicLimits limits =
        of("max.message.bytes", Integer.toString(compressed - 1), "compression.type", type.name);

    assertThat(limits.takesSizeOf(record)).isFalse();
  }

  private static TopicLimits of(String... namesAndValues) {
    var settings = new HashMap<String, String>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      settings.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return TopicLimits.of(settings, sink());
  }

  private static SinkOptions sink() {
    return EmbedTopicOptions.from(Options.with()).sink();
  }
}
