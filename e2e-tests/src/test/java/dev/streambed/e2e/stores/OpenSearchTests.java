package dev.streambed.e2e.stores;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The opensearch profile: the values of its topic are documents as they are. */
interface OpenSearchTests {
  StoreTopic topic(String profile);

  /** The vectors of queries, by their text. */
  Map<String, float[]> embeddedQueries();

  Path directory();

  @Test
  default void openSearchFilesAreWhatTheGuideShows() throws Exception {
    assertThat(Files.readString(Path.of("../docs/output.md")))
        .contains(file("opensearch-index.json").indent(4))
        .contains(file("opensearch-query.json").indent(4));
  }

  @Test
  default void openSearchTakesTheRecordsAsTheyAreAndFindsWhatExactSearchFinds() throws Exception {
    StoreTopic topic = topic("opensearch");
    Map<String, JsonNode> documents = topic.documents();
    String index = "/" + topic.name();

    try (OpenSearch store = OpenSearch.start(directory())) {
      store.request("PUT", index, file("opensearch-index.json"));
      JsonNode answer = store.request("POST", index + "/_bulk?refresh=true", bulk(topic));

      assertThat(answer.get("errors").asBoolean()).as("errors in %s", answer).isFalse();
      assertThat(documents(store, index)).isEqualTo(documents);
      for (Map.Entry<String, float[]> query : embeddedQueries().entrySet()) {
        assertThat(search(store, index, query.getValue()))
            .as(query.getKey())
            .isEqualTo(StoreTopic.nearest(documents, query.getValue()));
      }
    }
  }

  private static String file(String name) throws IOException {
    return Files.readString(StoreTopic.EXAMPLES.resolve(name));
  }

  /** The requests of a sink: keys as ids, values as they are, tombstones as deletions. */
  private static String bulk(StoreTopic topic) throws IOException {
    var json = new ObjectMapper();
    StringBuilder lines = new StringBuilder();
    for (ConsumerRecord<byte[], byte[]> record : topic.records()) {
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
        file("opensearch-query.json")
            .replace("\"k\": 100", "\"k\": 1000") // of fewer: an index is searched exactly
            .replace("[0.1, …]", Arrays.toString(query));
    List<String> ids = new ArrayList<>();
    for (JsonNode hit : store.request("POST", index + "/_search", body).at("/hits/hits")) {
      ids.add(hit.get("_id").asText());
    }
    return ids;
  }
}
