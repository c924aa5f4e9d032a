package dev.streambed.e2e.query;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.CommandProcess;
import dev.streambed.e2e.records.Canaries;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of {@code streambed serve --topic}, beside {@code streambed search}. */
class ServedPageIT {
  private static final String MODEL =
      Path.of("../embedder/src/test/resources/tiny-model").toAbsolutePath().normalize().toString();
  private static final String TOPIC = "embeddings";
  private static final String QUERY = "the dog bites";
  private static final int RECORDS = 40;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern PAGE =
      Pattern.compile("(?m)^Page: (http://127\\.0\\.0\\.1:\\d+/page/)$");

  @TempDir private Path folder;

  @Test
  void findsWhatTheCommandFindsWithScoresOfTheSameBits() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start()) {
      broker.createTopic(TOPIC, 2);
      send(broker);
      String servers = broker.bootstrapServers();
      String searched =
          run("search", TOPIC, QUERY, "--bootstrap-servers", servers, "--model", MODEL, "--json");
      try (var serve =
          CommandProcess.start(
              folder,
              "serve",
              MODEL,
              "--port",
              "0",
              "--topic",
              TOPIC,
              "--bootstrap-servers",
              servers)) {
        String page = page(serve);
        await("records")
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptions()
            .until(() -> search(page).get("searched").asInt() == RECORDS);

        JsonNode found = search(page).get("hits");
        serve.process().destroy();

        List<JsonNode> hits =
            searched.lines().filter(line -> line.startsWith("{")).map(ServedPageIT::json).toList();
        assertThat(hits).hasSize(10);
        assertThat(found)
            .extracting(hit -> hit.get("score").asDouble())
            .isEqualTo(hits.stream().map(hit -> hit.get("score").asDouble()).toList());
        assertThat(serve.process().waitFor(60, SECONDS)).isTrue();
        assertThat(serve.process().exitValue()).isZero();
        assertThat(serve.printed()).doesNotContain(Canaries.TEXT).doesNotContain("Exception");
      }
    }
  }

  private static String page(CommandProcess serve) {
    return await("the page's address")
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> PAGE.matcher(serve.printed()).results().map(MatchResult::group).findFirst(),
            found -> found.isPresent())
        .orElseThrow()
        .substring("Page: ".length());
  }

  private static JsonNode search(String page) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(page + "api/search"))
            .header("content-type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"query\":\"%s\",\"top\":10}".formatted(QUERY)))
            .build();
    return json(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body());
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError("No JSON.", e);
    }
  }

  private String run(String... command) throws Exception {
    try (var process = CommandProcess.start(folder, command)) {
      assertThat(process.process().waitFor(120, SECONDS)).isTrue();
      assertThat(process.process().exitValue()).isZero();
      return process.printed();
    }
  }

  private static void send(KafkaBroker broker) throws Exception {
    ModelDirectory model = ModelDirectory.open(Path.of(MODEL));
    try (OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      for (int i = 0; i < RECORDS; i++) {
        String text =
            "the dog " + "ran bites ".repeat(i % 7) + "man ".repeat(i / 7) + Canaries.TEXT;
        Embedding found = embedder.embed(List.of(embedder.tokenise(text, null))).get(0);
        var record =
            new EmbeddingRecord(
                "key-" + i,
                text,
                found.vector(),
                new Provenance(
                    new ModelReference("tiny", "1", model.digest(), "fp32"),
                    embedder.space().toString(),
                    /* prompt= */ null,
                    found.tokens(),
                    found.truncated(),
                    0,
                    Provenance.contentHash(text),
                    new SourcePosition("texts", 0, i)),
                Map.of(),
                Long.MIN_VALUE);
        Topics.send(
            broker,
            TOPIC,
            "key-" + i,
            new String(EmbeddingRecordCodec.encodeJson(record), StandardCharsets.UTF_8));
      }
    }
  }
}
