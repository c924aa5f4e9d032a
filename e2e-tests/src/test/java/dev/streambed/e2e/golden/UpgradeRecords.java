package dev.streambed.e2e.golden;

import dev.streambed.e2e.harness.FaultyModel;
import dev.streambed.e2e.records.TestTexts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * The records around the savepoints of released versions: a record's number is its offset in
 * partition 0, so a new topic can be filled to fit the savepoint's offsets.
 */
final class UpgradeRecords {
  /** Names the topics of the job; savepoints hold it. */
  static final String JOB = "upgrade";

  /** The old version delivered the records before this one. */
  static final int FIRST_IN_FLIGHT = 10;

  /** The old version had not read this one and those after it. */
  static final int FIRST_UNREAD = 31;

  static final int END = 40;

  private static final int TOMBSTONE = 12;
  private static final int POISON = 14;
  private static final int KEYLESS = 16;

  /** Matrix products are few at the restore; when the savepoint is made, this holds up the rest. */
  private static final String HEAVY = (FaultyModel.HEAVY + " ").repeat(20);

  private UpgradeRecords() {}

  static boolean isTombstone(int number) {
    return number == TOMBSTONE;
  }

  static boolean isPoison(int number) {
    return number == POISON;
  }

  static List<ProducerRecord<byte[], byte[]>> range(String topic, int first, int end) {
    return IntStream.range(first, end).mapToObj(number -> record(topic, number)).toList();
  }

  static ProducerRecord<byte[], byte[]> record(String topic, int number) {
    List<Header> headers =
        List.of(
            new RecordHeader(TestTexts.NUMBER, utf8(Integer.toString(number))),
            new RecordHeader("empty", new byte[0]),
            new RecordHeader("null", null));
    return new ProducerRecord<>(
        topic,
        /* partition= */ 0,
        TestTexts.FIRST_TIMESTAMP + number,
        number == KEYLESS ? null : utf8("key-" + number % 3),
        isTombstone(number) ? null : utf8(value(number)),
        headers);
  }

  private static String value(int number) {
    return "{\"text\":\"%s\",\"prompt\":\"none\",\"metadata\":{\"lang\":\"en\"}}"
        .formatted(text(number));
  }

  static String text(int number) {
    return switch (number) {
      case FIRST_IN_FLIGHT -> HEAVY + "w10";
      case POISON -> FaultyModel.POISON + " w14";
      default -> "w%d w%d".formatted(number, 2 * number);
    };
  }

  private static byte @Nullable [] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
