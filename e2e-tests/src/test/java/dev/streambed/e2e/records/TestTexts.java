package dev.streambed.e2e.records;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * Seeded input: texts of mixed length under several keys, and now and then a record that cannot be
 * embedded. A header numbers the records, because keys repeat.
 */
public final class TestTexts {
  public static final String NUMBER = "number";

  /** The timestamp of record 0; each record is a millisecond later. */
  public static final long FIRST_TIMESTAMP = 1_700_000_000_000L;

  private static final long SEED = 42;

  /** Record n has key n modulo this, and a text that is not that of the key's last record. */
  public static final int KEYS = 40;

  private static final int DISTINCT_TEXTS = 400;
  private static final int MOST_WORDS = 40;
  private static final int BROKEN_EVERY = 97;
  private static final int BLANK_EVERY = 131;

  private static final List<String> WORDS =
      List.of(
          "the", "harbour", "of", "a", "quiet", "town", "keeps", "its", "boats", "under", "snow",
          "while", "seven", "engines", "count", "paper", "ships", "and", "nobody", "asks", "why",
          "rivers", "carry", "grain", "to", "market", "before", "dawn", "in", "winter");

  private final List<String> texts = new ArrayList<>();

  public TestTexts() {
    var random = new Random(SEED);
    for (int i = 0; i < DISTINCT_TEXTS; i++) {
      int words = 1 + random.nextInt(MOST_WORDS);
      var text = new StringBuilder("Text " + i + " " + Canaries.TEXT + ":");
      for (int word = 0; word < words; word++) {
        text.append(' ').append(WORDS.get(random.nextInt(WORDS.size())));
      }
      texts.add(text.toString());
    }
  }

  /** All texts, each once. */
  List<String> distinct() {
    return texts;
  }

  String text(int number) {
    return texts.get(number % texts.size());
  }

  static String key(int number) {
    return Canaries.KEY + number % KEYS;
  }

  /** True if the value is no JSON. */
  public static boolean isBroken(int number) {
    return number % BROKEN_EVERY == BROKEN_EVERY - 1;
  }

  /** True if the text is blank. */
  public static boolean isBlank(int number) {
    return number % BLANK_EVERY == BLANK_EVERY - 1;
  }

  static boolean isDead(int number) {
    return isBroken(number) || isBlank(number);
  }

  public ProducerRecord<byte[], byte[]> record(String topic, int number) {
    String value;
    if (isBroken(number)) {
      value = "{\"text\":\"no end";
    } else {
      value = "{\"text\":\"%s\"}".formatted(isBlank(number) ? " " : text(number));
    }
    List<Header> headers =
        List.of(
            new RecordHeader(NUMBER, utf8(Integer.toString(number))),
            new RecordHeader("trace", utf8(Canaries.HEADER + number)));
    return new ProducerRecord<>(
        topic,
        /* partition= */ null,
        FIRST_TIMESTAMP + number,
        utf8(key(number)),
        utf8(value),
        headers);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
