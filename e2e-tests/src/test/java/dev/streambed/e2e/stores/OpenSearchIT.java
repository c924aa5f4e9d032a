package dev.streambed.e2e.stores;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.model.DefaultModel;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.harness.OpenSearch;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.PipelineFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The opensearch profile of docs/output.md, with updates, deletions and the loss of a TaskManager:
 * the values of its topic are documents as they are, and the k-NN search finds what exact search
 * over the topic finds.
 */
class OpenSearchIT {
  private static final Path EXAMPLES = Path.of("../docs/examples/profiles");
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final int PARTITIONS = 2;
  private static final int ARTICLES = 200;
  private static final int FOUND = 10;
  private static final List<String> THINGS =
      List.of("kettle", "violin", "glacier", "harbour", "orchard", "engine", "poem", "senator");
  private static final List<String> DEEDS =
      List.of("boils", "is sold", "melts", "sings", "is repaired", "burns", "grows", "votes");
  private static final List<String> PLACES =
      List.of("in Norway", "at night", "under the sea", "on Mars", "for the king", "by law", "");

  @TempDir private Path directory;

  private final ObjectMapper json = new ObjectMapper();

  @Test
  void isWhatTheGuideShows() throws Exception {
    assertThat(Files.readString(Path.of("../docs/output.md")))
        .contains(Files.readString(EXAMPLES.resolve("opensearch-index.json")).indent(4))
        .contains(Files.readString(EXAMPLES.resolve("opensearch-query.json")).indent(4));
  }

  @Test
  void takesTheRecordsAsTheyAreAndFindsWhatExactSearchFinds() throws Exception {
    ModelDirectory model = DefaultModel.open(line -> {});
    Configuration pipeline = PipelineFile.read(EXAMPLES.resolve("opensearch.yaml"));
    List<ConsumerRecord<byte[], byte[]>> records;
    try (KafkaBroker broker = KafkaBroker.start()) {
      pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
      pipeline.set(JobOptions.MODEL_DIRECTORY, model.path().toString());
      records = embed(broker, pipeline);
    }
    Map<String, JsonNode> live = live(records);

    try (OpenSearch store = OpenSearch.start(directory)) {
      String index = "/" + pipeline.get(JobOptions.SINK_TOPIC);
      store.request("PUT", index, Files.readString(EXAMPLES.resolve("opensearch-index.json")));
      JsonNode answer = store.request("POST", index + "/_bulk?refresh=true", bulk(records));

      assertThat(answer.get("errors").asBoolean()).as("errors in %s", answer).isFalse();
      assertThat(documents(store, index)).isEqualTo(live);
      try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
        for (String text : List.of("tea water", "music", "cold", "a law about ships", "fruit")) {
          float[] query = embedder.embed(List.of(embedder.tokenise(text, null))).get(0).vector();
          assertThat(search(store, index, query)).as(text).isEqualTo(exact(live, query));
        }
      }
    }
  }

  private List<ConsumerRecord<byte[], byte[]>> embed(KafkaBroker broker, Configuration pipeline)
      throws Exception {
    String output = pipeline.get(JobOptions.SINK_TOPIC);
    broker.createTopic(pipeline.get(JobOptions.SOURCE_TOPIC), PARTITIONS);
    broker.createTopic(output, PARTITIONS);
    broker.createTopic(pipeline.get(JobOptions.SINK_DEAD_LETTER_TOPIC), 1);
    List<ProducerRecord<byte[], byte[]>> articles = articles(pipeline.get(JobOptions.SOURCE_TOPIC));
    int half = articles.size() / 2;
    try (FaultyCluster cluster = FaultyCluster.start(directory)) {
      Topics.send(broker, articles.subList(0, half));
      JobID job = cluster.submit(pipeline, EmbedTopicJob::build);
      cluster.checkpoint(job);
      Topics.send(broker, articles.subList(half, articles.size()));
      long restores = cluster.restores(job);
      cluster.replaceTaskManager();
      await("restore").atMost(LIMIT).until(() -> cluster.restores(job) > restores);
      await("all output to be committed")
          .atMost(LIMIT)
          .until(
              () -> {
                cluster.checkpoint(job);
                return Topics.readAll(broker, output).size() >= articles.size();
              });
      cluster.drain(job);
    }
    List<ConsumerRecord<byte[], byte[]>> records = Topics.readAll(broker, output);
    assertThat(records).hasSameSizeAs(articles);
    return records;
  }

  /** Each article, then updates of every fifth and deletions of every seventh. */
  private static List<ProducerRecord<byte[], byte[]>> articles(String topic) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int id = 0; id < ARTICLES; id++) {
      records.add(article(topic, id, "The " + THINGS.get(id % THINGS.size())));
    }
    for (int id = 0; id < ARTICLES; id += 5) {
      records.add(article(topic, id, "A new " + THINGS.get(id % THINGS.size())));
    }
    for (int id = 0; id < ARTICLES; id += 7) {
      records.add(new ProducerRecord<>(topic, ("article-" + id).getBytes(UTF_8), null));
    }
    return records;
  }

  private static ProducerRecord<byte[], byte[]> article(String topic, int id, String title) {
    String body =
        "%s %s, number %d"
            .formatted(DEEDS.get(id / 3 % DEEDS.size()), PLACES.get(id / 5 % PLACES.size()), id);
    String value =
        "{\"title\":\"%s\",\"body\":\"%s\",\"price\":%d.5,\"tags\":[\"t%d\"]}"
            .formatted(title, body, id, id % 3);
    return new ProducerRecord<>(topic, ("article-" + id).getBytes(UTF_8), value.getBytes(UTF_8));
  }

  /** What the topic holds in the end, by key. */
  private Map<String, JsonNode> live(List<ConsumerRecord<byte[], byte[]>> records)
      throws Exception {
    Map<String, JsonNode> live = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      String key = new String(record.key(), UTF_8);
      if (record.value() == null) {
        live.remove(key);
      } else {
        live.put(key, json.readTree(record.value()));
      }
    }
    assertThat(live).hasSize(ARTICLES - (ARTICLES + 6) / 7);
    return live;
  }

  /** What a sink sends: keys as ids, values as they are, tombstones as deletions. */
  private String bulk(List<ConsumerRecord<byte[], byte[]>> records) throws Exception {
    StringBuilder lines = new StringBuilder();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      byte @Nullable [] value = record.value();
      Map<String, String> id = Map.of("_id", new String(record.key(), UTF_8));
      String action = value == null ? "delete" : "index";
      lines.append(json.writeValueAsString(Map.of(action, id))).append('\n');
      if (value != null) {
        lines.append(new String(value, UTF_8)).append('\n');
      }
    }
    return lines.toString();
  }

  private static Map<String, JsonNode> documents(OpenSearch store, String index) throws Exception {
    Map<String, JsonNode> documents = new TreeMap<>();
    for (JsonNode hit :
        store.request("GET", index + "/_search", "{\"size\":1000}").at("/hits/hits")) {
      documents.put(hit.get("_id").asText(), hit.get("_source"));
    }
    return documents;
  }

  private static List<String> search(OpenSearch store, String index, float[] query)
      throws Exception {
    String body =
        Files.readString(EXAMPLES.resolve("opensearch-query.json"))
            .replace("\"k\": 100", "\"k\": 1000") // of fewer: an index is searched exactly
            .replace("[0.1, …]", Arrays.toString(query));
    List<String> ids = new ArrayList<>();
    for (JsonNode hit : store.request("POST", index + "/_search", body).at("/hits/hits")) {
      ids.add(hit.get("_id").asText());
    }
    return ids;
  }

  /** The nearest ids by the vectors of the topic, which have norm 1, as the query has. */
  private static List<String> exact(Map<String, JsonNode> live, float[] query) {
    Map<String, Double> scores = new HashMap<>();
    live.forEach(
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
