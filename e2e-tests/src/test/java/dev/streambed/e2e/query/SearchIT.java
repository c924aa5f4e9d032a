package dev.streambed.e2e.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.CommandProcess;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.PipelineFile;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code streambed search} over what a job wrote, and over what none would write. */
class SearchIT {
  private static final Path MODEL =
      Path.of("../embedder/src/test/resources/tiny-model").toAbsolutePath().normalize();
  private static final long LIMIT_SECONDS = 240;
  private static final int RECORDS = 12;

  private static KafkaBroker broker;
  private static FaultyCluster cluster;

  @TempDir private static Path flink;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    broker = KafkaBroker.start();
    cluster = FaultyCluster.start(flink);
    broker.createTopic("dead", 1);
    broker.createTopic("texts", 2);
    for (int i = 0; i < RECORDS; i++) {
      String colour = i % 2 == 0 ? "red" : "blue";
      Topics.send(
          broker,
          "texts",
          "key-" + i,
          "{\"text\":\"the dog %s\",\"metadata\":{\"colour\":\"%s\",\"number\":\"%d\"}}"
              .formatted("ran ".repeat(i + 1), colour, i));
    }
    Topics.send(broker, List.of(new ProducerRecord<>("texts", "key-5".getBytes(UTF_8), null)));
  }

  @AfterAll
  static void stop() {
    try {
      cluster.close();
    } finally {
      broker.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "json-base64, 'sink.encoding: base64'",
    "avro-int8, 'sink: {format: avro, encoding: int8}'",
    "protobuf, 'sink.format: protobuf'",
    "qdrant, 'sink.profile: qdrant'",
    "renamed, 'sink: {profile: flat, fields: {embedding: vec, text: body}}'"
  })
  void findsWhatAJobWroteInWhateverForm(String form, String options) throws Exception {
    runJob(form, options);
    List<String> command = new ArrayList<>(search(form, "the dog ran ran ran"));
    if (form.equals("renamed")) {
      command.addAll(List.of("--field", "embedding=vec", "--field", "text=body"));
    }
    command.addAll(List.of("--json", "--top", "20"));

    List<JsonNode> hits = lines(results(run(0, command)));

    assertThat(hits).hasSize(RECORDS - 1); // key-5 is deleted
    assertThat(hits.get(0).path("score").asDouble()).isBetween(0.99, 1.001);
    assertThat(hits.get(0).path("text").asText().strip()).isEqualTo("the dog ran ran ran");
    assertThat(hits)
        .extracting(hit -> hit.path("score").asDouble())
        .isSortedAccordingTo((a, b) -> Double.compare(b, a));
    assertThat(hits)
        .extracting(hit -> hit.path("text").asText().strip())
        .doesNotContain("the dog " + "ran ".repeat(6).strip());
    assertThat(hits.get(0).path("metadata").path("colour").asText()).isEqualTo("red");
    assertThat(hits.get(0).path("topic").asText()).isEqualTo(form);
  }

  @Test
  void filtersByMetadataAndShowsKeyAndPositionWhereThereIsNoText() throws Exception {
    runJob("no-text", "sink.include-text: false");

    assertThat(
            run(0, search("no-text", "the dog", "--filter", "number=4", "--filter", "colour=red")))
        .containsPattern(
            "(?m)^\\d\\.\\d{3}  key-4 \\(no-text-\\d@\\d+; the record has no text\\)$");
    assertThat(
            run(0, search("no-text", "the dog", "--filter", "number=4", "--filter", "colour=blue")))
        .contains("streambed: nothing found: no embedding passes the filters\n")
        .doesNotContain("No record has");
    assertThat(run(0, search("no-text", "the dog", "--filter", "color=red")))
        .contains("nothing found: no embedding passes the filters\n")
        .contains("No record has color in its metadata (--filter); there are: colour, number.\n");
  }

  @Test
  void saysWhichFieldsThereAreIfNoRecordHasTheOneThatIsAskedFor() throws Exception {
    runJob("misspelt", "sink: {profile: flat, fields: {text: body, embedding: vec}}");

    assertThat(
            run(0, search("misspelt", "dog", "--field", "embedding=vec", "--field", "text=boddy")))
        .containsPattern(
            "streambed: No record has the field boddy \\(--field text=boddy\\); there are: body, colour, id, number, streambed_content_hash, .*streambed_tokens.*, vec\\.\n")
        .doesNotContain("--field embedding");
    assertThat(run(1, search("misspelt", "dog", "--field", "embedding=vex")))
        .contains("No record has the field vex (--field embedding=vex); there are: body,")
        .contains("without the field vex", "no embeddings but 11 records that are none");
  }

  @Test
  void takesNoOtherSpaceAndLeavesOutWhatIsNoEmbedding() throws Exception {
    broker.createTopic("hostile", 1);
    assertThat(run(1, search("hostile", "x"))).contains("Topic hostile has no embeddings: nothing");
    send("hostile", "bad", new byte[] {(byte) 0xff, 0, 1});
    assertThat(run(1, search("hostile", "x")))
        .contains("no embeddings but 1 records that are none");
    send("hostile", "other", EmbeddingRecordCodec.encodeJson(Embeddings.of("t", 1, 0.6f, 0.8f)));
    String ours = ModelDescription.read(MODEL).space().withDimensions(2).toString();

    assertThat(run(1, search("hostile", "x")))
        .contains(Embeddings.SPACE.toString(), ours, "do not compare");

    runJob("hostile", "sink.encoding: base64");
    String space = ModelDescription.read(MODEL).space().toString();
    assertThat(run(1, search("hostile", "the dog")))
        .contains("vectors of several spaces", "1 of " + Embeddings.SPACE, "11 of " + space);
    assertThat(run(1, search("hostile", "the dog ran", "--space", space, "--top", "1")))
        .containsPattern("(?m)^(0\\.99\\d|1\\.000)  key-0: the dog ran$")
        .contains("hostile-0@0", "1 records were left out")
        .doesNotContain("Exception");
  }

  @Test
  void searchesWhatEmbedWrote() throws Exception {
    Path texts = Files.writeString(folder.resolve("texts"), "the dog\n \nran\n");
    String embedded =
        run(1, List.of("embed", "--model", MODEL.toString(), "--prompt", "none", texts.toString()));
    Path file = Files.writeString(folder.resolve("vectors.jsonl"), results(embedded));

    String printed =
        run(
            1,
            List.of(
                "search", file.toString(), "ran", "--model", MODEL.toString(), "--prompt", "none"));
    assertThat(results(printed)).startsWith("1.000  line 3: ran\n");
    assertThat(printed).contains("Line 2 is no embedding.");
  }

  /** docs/examples/query, which docs/query.md shows. */
  @Test
  void printsWhatTheGuideShows() throws Exception {
    Path examples = Path.of("../docs/examples/query");
    String embedded = results(run(0, List.of("embed", examples.resolve("texts.txt").toString())));
    Path file = Files.writeString(folder.resolve("vectors.jsonl"), embedded);

    String found =
        results(run(0, List.of("search", file.toString(), "prices of food", "--top", "3")));

    assertThat(found).isEqualTo(Files.readString(examples.resolve("search.txt")));
  }

  /** What goes to standard output. */
  private static String results(String printed) {
    return printed.replaceAll("(?m)^streambed: .*\\R", "");
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    Path secret =
        Files.writeString(
            folder.resolve("kafka.properties"),
            "security.protocol=CANARY\nsasl.jaas.config=CANARY\n");
    String nobody = "127.0.0.1:1";
    Path quick =
        Files.writeString(
            folder.resolve("quick.properties"),
            "default.api.timeout.ms=1500\nbootstrap.servers=" + nobody + "\n");

    assertThat(run(1, search("not-there", "x"))).contains("has no topic not-there.");
    assertThat(run(2, List.of("search", "not-there", "x")))
        .contains("There is no file not-there. To search a topic, give --bootstrap-servers.");
    assertThat(
            run(
                1,
                List.of(
                    "search",
                    "texts",
                    "x",
                    "--model",
                    MODEL.toString(),
                    "--kafka-config",
                    quick.toString())))
        .doesNotContain("WARN")
        .endsWith(
            "streambed: Kafka at %s does not answer within 1500 ms. Check that it runs, its address, and security.protocol in the file of --kafka-config.\n"
                .formatted(nobody));
    assertThat(run(1, search("texts", "x", "--kafka-config", secret.toString())))
        .contains("the property security.protocol has no valid value")
        .doesNotContain("CANARY");
    assertThat(run(2, search("texts", "x", "--top", "0"))).contains("must be at least 1");
    assertThat(run(2, search("texts", "x", "--filter", "colour"))).contains("not name=value");
    assertThat(run(2, search("texts", "x", "--field", "no=body")))
        .contains("there is no field 'no'");
    assertThat(run(2, search("texts", "x", "--prompt", "nope"))).contains("nope");
    assertThat(run(0, List.of("search", "--help"))).contains("Exit codes:", "TOPIC|FILE");
  }

  private static List<String> search(String topic, String query, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "search",
                topic,
                query,
                "--model",
                MODEL.toString(),
                "--bootstrap-servers",
                broker.bootstrapServers()));
    command.addAll(List.of(more));
    return command;
  }

  private static void send(String topic, String key, byte[] value) throws Exception {
    Topics.send(broker, List.of(new ProducerRecord<>(topic, key.getBytes(UTF_8), value)));
  }

  /** Embeds the texts into a topic of the form's name. */
  private void runJob(String form, String options) throws Exception {
    if (!form.equals("hostile")) {
      broker.createTopic(form, 2);
    }
    Path pipeline =
        Files.writeString(
            folder.resolve(form + ".yaml"),
            """
            streambed.source: {bootstrap-servers: "%s", topic: texts, group-id: %s}
            streambed.sink.topic: %s
            streambed.sink.dead-letter-topic: dead
            streambed.model.directory: %s
            streambed.%s
            """
                .formatted(broker.bootstrapServers(), form, form, MODEL, options));
    long before = cluster.recordsWritten();
    JobID job = cluster.submit(PipelineFile.read(pipeline), EmbedTopicJob::build);
    await("records of topic " + form)
        .atMost(LIMIT_SECONDS, SECONDS)
        .until(() -> cluster.recordsWritten() == before + RECORDS + 1); // and a tombstone
    cluster.drain(job);
  }

  private String run(int exitCode, List<String> arguments) throws Exception {
    try (var command = CommandProcess.start(folder, arguments.toArray(String[]::new))) {
      assertThat(command.process().waitFor(LIMIT_SECONDS, SECONDS)).isTrue();
      assertThat(command.process().exitValue()).as(command.printed()).isEqualTo(exitCode);
      return command.printed();
    }
  }

  private static List<JsonNode> lines(String printed) throws Exception {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : printed.lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }
}
