package dev.streambed.e2e.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.streambed.cli.serve.ServeCommand;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.PipelineFile;
import dev.streambed.schemas.json.TextRecordCodec;
import dev.streambed.schemas.profile.ProfileName;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** docker-compose.yml, as far as it can be checked without Docker. */
class ComposeTest {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)(:-([^}]*))?}");
  private static final Pattern CREATE_TOPIC = Pattern.compile("create ([\\w-]+) --partitions");

  private static JsonNode compose;

  @BeforeAll
  static void read() throws IOException {
    compose = DeploymentFiles.yaml(interpolated(DeploymentFiles.text("docker-compose.yml"))).get(0);
  }

  @Test
  void isAComposeFile() throws IOException {
    try (InputStream in = ComposeTest.class.getResourceAsStream("/compose/compose-spec.json")) {
      JsonNode schema = new ObjectMapper().readTree(Objects.requireNonNull(in));
      removeIds(schema);

      assertThat(
              JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V201909)
                  .getSchema(schema)
                  .validate(compose))
          .isEmpty();
    }
  }

  /**
   * The schema calls them id as older drafts did, which the validator refuses; nothing refers to
   * them.
   */
  private static void removeIds(JsonNode schema) {
    if (schema instanceof ObjectNode object && object.path("id").isTextual()) {
      object.remove("id");
    }
    schema.forEach(ComposeTest::removeIds);
  }

  @Test
  void startsWithoutAnySetting() throws IOException {
    Matcher variable = VARIABLE.matcher(DeploymentFiles.text("docker-compose.yml"));

    while (variable.find()) {
      assertThat(variable.group(3)).as("default of %s", variable.group(1)).isNotBlank();
    }
  }

  @Test
  void pinsImagesAndSupervisesServices() {
    for (Map.Entry<String, JsonNode> service : services().entrySet()) {
      String name = service.getKey();
      assertThat(service.getValue().path("image").asText())
          .as(name)
          .matches("[\\w./-]+:(cpu|gpu|serve|v?\\d+\\.\\d+\\.\\d+(-[\\w-]+)?)");
      String restart = service.getValue().path("restart").asText();
      assertThat(restart).as(name).isIn("unless-stopped", "on-failure");
      assertThat(service.getValue().has("healthcheck"))
          .as(name + ": what runs for ever has a health check")
          .isEqualTo(restart.equals("unless-stopped"));
    }
  }

  /** Some engines split the words of a check at blanks, and run something else than is written. */
  @Test
  void checksHealthInWordsWithoutBlanks() {
    services()
        .forEach(
            (name, service) -> {
              for (JsonNode word : service.at("/healthcheck/test")) {
                assertThat(word.asText()).as(name).doesNotContainAnyWhitespaces();
              }
            });
    assertThat(service("jobmanager").at("/healthcheck/test/1").asText())
        .isEqualTo("job-is-running");
  }

  @Test
  void hasASampleThatItsPipelineReads() throws IOException {
    List<String> sample = DeploymentFiles.text("deploy/compose/sample.jsonl").lines().toList();

    assertThat(sample).hasSize(10); // as docs/operations.md reads
    for (String line : sample) {
      assertThatCode(() -> TextRecordCodec.decodeJson(line.getBytes(UTF_8), null, -1))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void mountsWhatExists() {
    var volumes = new HashSet<String>();
    compose.path("volumes").properties().forEach(volume -> volumes.add(volume.getKey()));

    for (JsonNode service : services().values()) {
      for (JsonNode mount : service.path("volumes")) {
        String source = mount.asText().replaceFirst(":.*", "");
        if (source.startsWith("./")) {
          assertThat(DeploymentFiles.ROOT.resolve(source)).exists();
        } else {
          assertThat(volumes).contains(source);
        }
      }
    }
  }

  @Test
  void publishesPortsOnThisMachineOnly() {
    for (JsonNode service : services().values()) {
      for (JsonNode port : service.path("ports")) {
        assertThat(port.asText()).startsWith("127.0.0.1:");
      }
    }
  }

  @Test
  void createsTheTopicsOfItsPipelinesOnTheBrokerOfItsPipelines() throws IOException {
    Set<String> created = new TreeSet<>();
    Matcher create = CREATE_TOPIC.matcher(service("topics").path("command").toString());
    while (create.find()) {
      created.add(create.group(1));
    }

    Set<String> used = new TreeSet<>();
    for (String file : List.of("pipeline.yaml", "pgvector/pipeline.yaml")) {
      Map<String, String> options = pipeline(file).toMap();
      used.add(options.get("streambed.source.topic"));
      used.add(options.get("streambed.sink.topic"));
      used.add(options.get("streambed.sink.dead-letter-topic"));
      assertThat(service("kafka").path("environment").path("KAFKA_ADVERTISED_LISTENERS").asText())
          .contains("INSIDE://" + options.get("streambed.source.bootstrap-servers"));
    }
    assertThat(created).isEqualTo(used);
  }

  @Test
  void fillsItsTableWithWhatItsPipelineWrites() throws IOException {
    Configuration pipeline = pipeline("pgvector/pipeline.yaml");
    EmbedTopicOptions options = EmbedTopicOptions.from(pipeline);
    Properties worker = properties("pgvector/worker.properties");
    Properties sink = properties("pgvector/sink.properties");
    JsonNode database = service("pgvector").path("environment");
    JsonNode connect = service("connect").path("environment");

    assertThat(options.sink().profile().name()).isEqualTo(ProfileName.CONNECT_JSON);
    assertThat(sink.getProperty("topics")).isEqualTo(pipeline.get(JobOptions.SINK_TOPIC));
    assertThat(worker.getProperty("bootstrap.servers"))
        .isEqualTo(pipeline.get(JobOptions.SOURCE_BOOTSTRAP_SERVERS));
    assertThat(sink.getProperty("connection.username"))
        .isEqualTo(database.path("POSTGRES_USER").asText());
    assertThat(connect.path("POSTGRES_PASSWORD")).isEqualTo(database.path("POSTGRES_PASSWORD"));
    assertThat(service("connect-plugin").path("command").toString())
        .contains(
            "debezium-connector-jdbc:%s:tar.gz:plugin".formatted(version("debezium.version")));
  }

  private static Configuration pipeline(String file) {
    return PipelineFile.read(DeploymentFiles.ROOT.resolve("deploy/compose").resolve(file));
  }

  private static Properties properties(String file) throws IOException {
    var properties = new Properties();
    properties.load(new StringReader(DeploymentFiles.text("deploy/compose/" + file)));
    return properties;
  }

  /** A version that the build pins. */
  private static String version(String property) throws IOException {
    Matcher version =
        Pattern.compile("<%1$s>(.*)</%1$s>".formatted(Pattern.quote(property)))
            .matcher(DeploymentFiles.text("pom.xml"));
    assertThat(version.find()).as(property).isTrue();
    return version.group(1);
  }

  @Test
  void configuresFlinkWithKnownOptionsWhoseMemoryAddsUp(@TempDir Path directory)
      throws IOException {
    for (String name : Set.of("jobmanager", "taskmanager", "taskmanager-gpu")) {
      JsonNode service = service(name);
      var options = new LinkedHashMap<String, String>();
      // As the image's entry point reads them: white space is removed, the first colon separates.
      service
          .path("environment")
          .path("FLINK_PROPERTIES")
          .asText()
          .lines()
          .map(line -> line.replaceAll("\\s", ""))
          .forEach(line -> put(options, line, ":"));
      for (JsonNode argument : service.path("command")) {
        if (argument.asText().startsWith("-D")) {
          put(options, argument.asText().substring(2), "=");
        }
      }

      DeploymentFiles.assertMemoryAddsUp(DeploymentFiles.flinkOptions(options, directory));
    }
  }

  @Test
  void servesTheModelOfItsPipelineWithOptionsThatThereAre() throws IOException {
    List<String> options = new ArrayList<>();
    service("serve").path("command").forEach(option -> options.add(option.asText()));

    assertThatCode(
            () -> new CommandLine(new ServeCommand()).parseArgs(options.toArray(new String[0])))
        .doesNotThrowAnyException();
    assertThat(options.get(0)).isEqualTo(pipeline("pipeline.yaml").get(JobOptions.MODEL_DIRECTORY));
    Configuration pipeline = pipeline("pipeline.yaml");
    assertThat(options)
        .contains(
            "--topic=" + pipeline.get(JobOptions.SINK_TOPIC),
            "--dead-letter-topic=" + pipeline.get(JobOptions.SINK_DEAD_LETTER_TOPIC),
            "--bootstrap-servers=" + pipeline.get(JobOptions.SOURCE_BOOTSTRAP_SERVERS));
    assertThat(service("serve").path("read_only").asBoolean()).isTrue();
  }

  private static void put(Map<String, String> options, String line, String separator) {
    String[] parts = line.split(separator, 2);
    options.put(parts[0], parts[1]);
  }

  private static JsonNode service(String name) {
    return compose.path("services").path(name);
  }

  private static Map<String, JsonNode> services() {
    var services = new LinkedHashMap<String, JsonNode>();
    compose
        .path("services")
        .properties()
        .forEach(field -> services.put(field.getKey(), field.getValue()));
    return services;
  }

  /** The text as Docker Compose reads it if no variable is set. */
  private static String interpolated(String text) {
    String escaped = text.replace("$$", "\0");
    String interpolated = VARIABLE.matcher(escaped).replaceAll("$3");
    assertThat(interpolated)
        .as("a dollar that is no variable is written twice")
        .doesNotContain("$");
    return interpolated.replace("\0", "$");
  }
}
