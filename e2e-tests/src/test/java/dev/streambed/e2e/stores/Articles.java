package dev.streambed.e2e.stores;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.streambed.e2e.records.Canaries;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The source topic of the examples in docs/output.md: articles, then updates of every fifth and
 * deletions of every seventh; and what must come of them.
 */
final class Articles {
  static final String TOPIC = "articles";
  static final int COUNT = 300;

  private static final int UPDATED_EVERY = 5;
  private static final int DELETED_EVERY = 7;
  private static final List<String> THINGS =
      List.of("kettle", "violin", "glacier", "harbour", "orchard", "engine", "poem", "senator");
  private static final List<String> DEEDS =
      List.of("boils", "is sold", "melts", "sings", "is repaired", "burns", "grows", "votes");
  private static final List<String> PLACES =
      List.of("in Norway", "at night", "under the sea", "on Mars", "for the king", "by law", "");

  private final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
  private final Map<String, List<@Nullable String>> texts = new TreeMap<>();

  Articles() {
    for (int id = 0; id < COUNT; id++) {
      add(id, "The " + THINGS.get(id % THINGS.size()));
    }
    for (int id = 0; id < COUNT; id += UPDATED_EVERY) {
      add(id, "A new " + THINGS.get(id % THINGS.size()));
    }
    for (int id = 0; id < COUNT; id += DELETED_EVERY) {
      add(id, null);
    }
  }

  /** In the order in which they are sent. */
  List<ProducerRecord<byte[], byte[]>> records() {
    return records;
  }

  /** By id, the texts that are embedded, in order; null for a deletion. */
  Map<String, List<@Nullable String>> texts() {
    return texts;
  }

  private void add(int number, @Nullable String title) {
    String id = "article-" + number;
    String body =
        "%s %s, number %d %s"
            .formatted(
                DEEDS.get(number / 3 % DEEDS.size()),
                PLACES.get(number / 5 % PLACES.size()),
                number,
                Canaries.TEXT);
    String value =
        "{\"title\":\"%s\",\"body\":\"%s\",\"price\":%d.5,\"tags\":[\"t%d\",\"all\"]}"
            .formatted(title, body, number, number % 3);
    records.add(
        new ProducerRecord<>(
            TOPIC, id.getBytes(UTF_8), title == null ? null : value.getBytes(UTF_8)));
    texts
        .computeIfAbsent(id, unused -> new ArrayList<>())
        .add(title == null ? null : title + ": " + body);
  }
}
