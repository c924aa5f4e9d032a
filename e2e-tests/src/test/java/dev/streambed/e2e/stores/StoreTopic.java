package dev.streambed.e2e.stores;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.records.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The topics that the pipeline file of a profile in docs/output.md writes.
 *
 * @param profile names the file and the topics
 */
record StoreTopic(KafkaBroker broker, String profile) {
  static final Path EXAMPLES = Path.of("../docs/examples/profiles");

  /** How many the queries of the guide ask for. */
  private static final int FOUND = 10;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A record as its store takes it.
   *
   * @param document null for a deletion
   */
  record Change(String id, @Nullable JsonNode document) {}

  String name() {
    return Articles.TOPIC + "-" + profile;
  }

  String deadLetters() {
    return name() + "-dead-letters";
  }

  /** Writes the pipeline file with a broker and a model of this machine. */
  Path writePipeline(Path folder, Path model) throws IOException {
    String pipeline = Files.readString(EXAMPLES.resolve(profile + ".yaml"));
    return Files.writeString(
        folder.resolve(profile + ".yaml"),
        pipeline
            .replace("localhost:9092", broker.bootstrapServers())
            .replace("models/minilm", model.toString()));
  }

  /** All committed records, in order per key. */
  List<ConsumerRecord<byte[], byte[]>> records() {
    return Topics.readAll(broker, name());
  }

  /** The same, in order per id. */
  List<Change> changes() throws IOException {
    List<Change> changes = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records()) {
      byte @Nullable [] value = record.value();
      changes.add(new Change(id(record.key()), value == null ? null : payload(value)));
    }
    return changes;
  }

  private static String id(byte[] key) throws IOException {
    return key[0] == '{' ? payload(key).get("id").asText() : new String(key, UTF_8);
  }

  /** Without the schema that Kafka Connect wants beside it. */
  private static JsonNode payload(byte[] json) throws IOException {
    JsonNode tree = JSON.readTree(json);
    return tree.has("payload") ? tree.get("payload") : tree;
  }

  /** By id, what the store has at the end. */
  Map<String, JsonNode> documents() throws IOException {
    Map<String, JsonNode> documents = new TreeMap<>();
    for (Change change : changes()) {
      if (change.document() == null) {
        documents.remove(change.id());
      } else {
        documents.put(change.id(), change.document());
      }
    }
    return documents;
  }

  /** The nearest ids, by exact search; vectors and query have norm 1. */
  static List<String> nearest(Map<String, JsonNode> documents, float[] query) {
    Map<String, Double> scores = new HashMap<>();
    documents.forEach(
        (id, document) -> {
          JsonNode vector = document.get("embedding");
          double product = 0;
          for (int i = 0; i < query.length; i++) {
            product += (double) query[i] * vector.get(i).floatValue();
          }
          scores.put(id, product);
        });
    return scores.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(FOUND)
        .map(Map.Entry::getKey)
        .toList();
  }
}
