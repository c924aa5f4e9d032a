package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;

import dev.streambed.schemas.SourceRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A seeded mix of the records that a topic may hold; a record's place is its offset and its
 * timestamp.
 */
final class RandomRecords {
  /** One MiB, at which the output is too large for the topic. */
  private static final int HUGE = 1 << 20;

  private static final int MOST_BYTES = 200;

  private final Random random;
  private final List<SourceRecord> records = new ArrayList<>();
  private final Set<Long> dead = new HashSet<>();

  private RandomRecords(long seed) {
    this.random = new Random(seed);
  }

  static RandomRecords of(long seed, int count) {
    var mix = new RandomRecords(seed);
    for (int offset = 0; offset < count; offset++) {
      mix.add(offset);
    }
    return mix;
  }

  List<SourceRecord> records() {
    return records;
  }

  /** Whether the record at this offset belongs to the dead letters. */
  boolean isDead(long offset) {
    return dead.contains(offset);
  }

  private void add(int offset) {
    int kind = random.nextInt(300);
    if (kind < 200) {
      records.add(source(offset, keyOrNull(), utf8("{\"text\":\"%s\"}".formatted(words()))));
    } else if (kind < 220) {
      records.add(source(offset, key(), null));
    } else if (kind < 230) {
      addDead(offset, null, null);
    } else if (kind < 260) {
      byte[] bytes = new byte[random.nextInt(MOST_BYTES)];
      random.nextBytes(bytes);
      addDead(offset, keyOrNull(), bytes);
    } else if (kind < 270) {
      addDead(offset, keyOrNull(), utf8("{\"text\":\"%s".formatted(words())));
    } else if (kind < 280) {
      addDead(offset, keyOrNull(), utf8("{\"text\":\" \\u0000\\t \"}"));
    } else if (kind < 290) {
      addDead(offset, keyOrNull(), utf8("{\"text\":\"a\",\"prompt\":\"unknown\"}"));
    } else if (kind < 299) {
      addDead(offset, keyOrNull(), utf8("{\"text\":\"half of a pair \\ud800\"}"));
    } else {
      String metadata = "x".repeat(HUGE);
      addDead(
          offset,
          keyOrNull(),
          utf8("{\"text\":\"a\",\"metadata\":{\"huge\":\"%s\"}}".formatted(metadata)));
    }
  }

  private void addDead(int offset, @Nullable String key, byte @Nullable [] value) {
    records.add(source(offset, key, value));
    dead.add((long) offset);
  }

  private @Nullable String keyOrNull() {
    return random.nextInt(8) == 0 ? null : key();
  }

  private String key() {
    return "key-" + random.nextInt(10);
  }

  private String words() {
    return "the quick brown fox " + "jumps ".repeat(random.nextInt(30)) + random.nextInt(50);
  }
}
