package dev.streambed.e2e.faults;

import dev.streambed.e2e.records.Canaries;
import dev.streambed.e2e.records.TestTexts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/** {@link TestTexts}, among them large texts, and records that the sink topic would refuse. */
final class HarshRecords {
  /** The result of a record that is not a dead letter; all others have a reason. */
  static final String EMBEDDED = "EMBEDDED";

  private static final int PERIOD = 200;
  private static final int LARGE_TEXT = 20;
  private static final int AHEAD = 60;
  private static final int LARGE_HEADER = 100;
  private static final int LARGE_KEY = 140;

  private static final int LARGE_TEXT_CHARACTERS = 900_000;

  /** More than a sink topic takes, by default. */
  private static final int TOO_MANY_BYTES = 1_500_000;

  /** Past message.timestamp.after.max.ms of a sink topic, by default. */
  private static final Duration TOO_EARLY = Duration.ofHours(2);

  private final TestTexts texts = new TestTexts();
  private final String topic;

  HarshRecords(String topic) {
    this.topic = topic;
  }

  /** {@link #EMBEDDED}, or the reason of its dead letter. */
  static String outcome(int number) {
    return switch (number % PERIOD) {
      case LARGE_TEXT -> EMBEDDED;
      case AHEAD -> "TIMESTAMP_REFUSED";
      case LARGE_HEADER, LARGE_KEY -> "TOO_LARGE";
      default -> {
        if (TestTexts.isBroken(number)) {
          yield "INVALID_JSON";
        }
        yield TestTexts.isBlank(number) ? "BLANK" : EMBEDDED;
      }
    };
  }

  ProducerRecord<byte[], byte[]> record(int number) {
    long now = System.currentTimeMillis();
    return switch (number % PERIOD) {
      case LARGE_TEXT ->
          record(number, now, key(number), text(large("word ", LARGE_TEXT_CHARACTERS)), "");
      case AHEAD -> record(number, now + TOO_EARLY.toMillis(), key(number), text("ahead"), "");
      case LARGE_HEADER -> record(number, now, key(number), null, large("h", TOO_MANY_BYTES));
      case LARGE_KEY -> record(number, now, large(key(number), TOO_MANY_BYTES), null, "");
      default -> texts.record(topic, number);
    };
  }

  private ProducerRecord<byte[], byte[]> record(
      int number, long timestampMillis, String key, @Nullable String value, String header) {
    List<Header> headers =
        List.of(
            new RecordHeader(TestTexts.NUMBER, utf8(Integer.toString(number))),
            new RecordHeader("trace", utf8(Canaries.HEADER + header)));
    return new ProducerRecord<>(
        topic,
        /* partition= */ null,
        timestampMillis,
        utf8(key),
        value == null ? null : utf8(value),
        headers);
  }

  private static String key(int number) {
    return Canaries.KEY + number;
  }

  private static String text(String text) {
    return "{\"text\":\"%s %s\"}".formatted(Canaries.TEXT, text);
  }

  private static String large(String part, int characters) {
    return part.repeat(characters / part.length());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
