package dev.streambed.e2e.delivery;

import dev.streambed.e2e.harness.FaultyModel;
import dev.streambed.e2e.records.Canaries;
import dev.streambed.e2e.records.TestTexts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * Seeded records of every kind that a topic may hold, for {@link FaultyModel}; each knows its
 * expected result. A header numbers them. Each partition begins with poison.
 */
final class MixedRecords {
  static final int RANDOM_BYTES = 10_000;

  private static final int PARTITIONS = 4;
  private static final int TEXTS = 2_000;
  private static final int KEYS = 40;
  private static final int MOST_WORDS = 30;
  private static final int MOST_RANDOM_BYTES = 300;
  private static final int HEAVY_WORDS = 1;

  /** The default of max.request.size and of the job's max-record-size. */
  private static final int MAX_RECORD_BYTES = 1 << 20;

  /** Bytes that a producer adds to a text, at least: JSON, key, headers and lengths. */
  private static final int ENVELOPE_BYTES = 800;

  /** A key that is in the output twice, but once in the input, makes an output of a good size. */
  private static final int LARGE_KEY = 2_000;

  /** The kind of a record. */
  enum Kind {
    TEXT(null),
    HEAVY(null),
    TOMBSTONE(null),
    JUST_FITS(null),
    POISON("INFERENCE_FAILED"),
    TOMBSTONE_WITHOUT_KEY("MISSING_KEY"),
    EMPTY("WRONG_TYPE"),
    /** Its dead letter says the name, which may be anything; no log does. */
    UNKNOWN_NAME("UNKNOWN_PROPERTY"),
    RANDOM_BYTES(null),
    INPUT_OF_ONE_MEGABYTE("TOO_LONG"),
    OUTPUT_TOO_LARGE("TOO_LARGE");

    private final @Nullable String reason;

    Kind(@Nullable String reason) {
      this.reason = reason;
    }

    /** The reason of its dead letter; null if there is none, or one of several. */
    @Nullable String reason() {
      return reason;
    }

    boolean isDead() {
      return reason != null || this == RANDOM_BYTES;
    }

    /** True if the dead letter has no room for the value. */
    boolean isShortened() {
      return this == INPUT_OF_ONE_MEGABYTE || this == OUTPUT_TOO_LARGE;
    }
  }

  /**
   * A record to send.
   *
   * @param text the text to embed; null if there is none
   */
  record Mixed(Kind kind, ProducerRecord<byte[], byte[]> record, @Nullable String text) {}

  private final Random random;
  private final String topic;
  private final List<Mixed> records = new ArrayList<>();

  private MixedRecords(long seed, String topic) {
    this.random = new Random(seed);
    this.topic = topic;
  }

  /** All records, in the order to send them in. */
  static List<Mixed> of(long seed, String topic) {
    var mix = new MixedRecords(seed, topic);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      mix.add(Kind.POISON);
    }
    Map<Kind, Integer> left = new EnumMap<>(Kind.class);
    left.put(Kind.TEXT, TEXTS);
    left.put(Kind.HEAVY, 12);
    left.put(Kind.TOMBSTONE, 100);
    left.put(Kind.JUST_FITS, 8);
    left.put(Kind.POISON, 40);
    left.put(Kind.TOMBSTONE_WITHOUT_KEY, 50);
    left.put(Kind.EMPTY, 50);
    left.put(Kind.UNKNOWN_NAME, 20);
    left.put(Kind.RANDOM_BYTES, RANDOM_BYTES);
    left.put(Kind.INPUT_OF_ONE_MEGABYTE, 4);
    left.put(Kind.OUTPUT_TOO_LARGE, 8);
    List<Kind> kinds = new ArrayList<>();
    left.forEach((kind, count) -> kinds.addAll(Collections.nCopies(count, kind)));
    Collections.shuffle(kinds, mix.random);
    kinds.forEach(mix::add);
    return mix.records;
  }

  private void add(Kind kind) {
    switch (kind) {
      case TEXT -> addText(kind, words(), Canaries.METADATA);
      case HEAVY -> addText(kind, (FaultyModel.HEAVY + " ").repeat(HEAVY_WORDS) + words(), "");
      case TOMBSTONE -> add(kind, key(), null, null);
      case POISON -> add(kind, key(), json(FaultyModel.POISON + " " + words(), ""), null);
      case TOMBSTONE_WITHOUT_KEY -> add(kind, null, null, null);
      case EMPTY -> add(kind, key(), new byte[0], null);
      case UNKNOWN_NAME ->
          add(kind, key(), utf8("{\"text\":\"a\",\"%s\":1}".formatted(Canaries.METADATA)), null);
      case RANDOM_BYTES ->
          add(kind, random.nextBoolean() ? null : randomBytes(), randomBytes(), null);
      // The embedder takes a million characters.
      case INPUT_OF_ONE_MEGABYTE ->
          add(kind, key(), json("w".repeat(MAX_RECORD_BYTES - ENVELOPE_BYTES), ""), null);
      // The embedding with its provenance and headers has some 1,500 bytes more.
      case JUST_FITS ->
          addText(kind, words(), "x".repeat(MAX_RECORD_BYTES - 3_000 - random.nextInt(1_000)));
      case OUTPUT_TOO_LARGE ->
          add(
              kind,
              utf8(Canaries.KEY + "x".repeat(LARGE_KEY)),
              json("w1", "x".repeat(MAX_RECORD_BYTES - LARGE_KEY - ENVELOPE_BYTES)),
              null);
    }
  }

  private void addText(Kind kind, String text, String metadata) {
    add(kind, key(), json(text, metadata), text);
  }

  private void add(
      Kind kind, byte @Nullable [] key, byte @Nullable [] value, @Nullable String text) {
    int number = records.size();
    byte[] noise = randomBytes();
    List<Header> headers =
        List.of(
            new RecordHeader(TestTexts.NUMBER, utf8(Integer.toString(number))),
            new RecordHeader("trace", utf8(Canaries.HEADER + number)),
            new RecordHeader("twice", noise),
            new RecordHeader("twice", null));
    records.add(
        new Mixed(
            kind,
            new ProducerRecord<>(
                topic, partition(key), TestTexts.FIRST_TIMESTAMP + number, key, value, headers),
            text));
  }

  /** Records of a key are in one partition; the first records are one in each. */
  private int partition(byte @Nullable [] key) {
    if (records.size() < PARTITIONS || key == null) {
      return records.size() % PARTITIONS;
    }
    return Math.floorMod(Arrays.hashCode(key), PARTITIONS);
  }

  private byte[] key() {
    // The first records are poison, and their partition is not that of their key.
    boolean isFirst = records.size() < PARTITIONS;
    return utf8(Canaries.KEY + (isFirst ? "-first" : "") + random.nextInt(KEYS));
  }

  private static byte[] json(String text, String metadata) {
    return utf8("{\"text\":\"%s\",\"metadata\":{\"note\":\"%s\"}}".formatted(text, metadata));
  }

  private String words() {
    var words = new StringBuilder(Canaries.TEXT);
    int count = 1 + random.nextInt(MOST_WORDS);
    for (int i = 0; i < count; i++) {
      words.append(" w").append(random.nextInt(FaultyModel.WORDS));
    }
    return words.toString();
  }

  private byte[] randomBytes() {
    byte[] bytes = new byte[1 + random.nextInt(MOST_RANDOM_BYTES)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
