package dev.streambed.e2e.deployment;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streambed.e2e.harness.CommandProcess;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.records.Canaries;
import dev.streambed.e2e.records.CanaryExtension;
import dev.streambed.e2e.records.Topics;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.PipelineFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.common.acl.AclOperation;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Source, both sinks and the start-up checks against a broker that asks for logins. */
class SecuredKafkaIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Path LOG = CanaryExtension.logFile();
  private static final Path MODEL =
      Path.of("../embedder/src/test/resources/tiny-model").toAbsolutePath().normalize();

  @TempDir private static Path folder;
  private static SecuredBroker secured;
  private static int topics;

  private final String input = "texts-" + topics++;
  private final String output = input + "-embeddings";
  private final String deadLetters = input + "-dead-letters";

  /** The ways into the broker, as a pipeline file describes them. */
  enum Login {
    /** User and password over TLS; the password comes from a file of Kafka's key = value lines. */
    SCRAM {
      @Override
      String servers() {
        return secured.scramServers();
      }

      @Override
      String properties() {
        return """
        security.protocol: SASL_SSL
        sasl.mechanism: SCRAM-SHA-512
        sasl.jaas.config: org.apache.kafka.common.security.scram.ScramLoginModule required
          username="streambed" password="${file:%s:password}";
        ssl.truststore.location: %s
        ssl.truststore.password: ${file:%s:store}
        """
            .formatted(secrets(), secured.trust("broker"), secrets());
      }
    },
    /** A client certificate; the passwords are files of a directory, like a mounted secret. */
    MUTUAL_TLS {
      @Override
      String servers() {
        return secured.mutualTlsServers();
      }

      @Override
      String properties() {
        return """
        security.protocol: SSL
        ssl.keystore.location: %s
        ssl.keystore.password: ${directory:%s:store}
        ssl.truststore.location: %s
        ssl.truststore.password: ${directory:%s:store}
        """
            .formatted(
                secured.store("client"),
                folder.resolve("mounted"),
                secured.trust("broker"),
                folder.resolve("mounted"));
      }
    };

    abstract String servers();

    abstract String properties();
  }

  @BeforeAll
  static void startBroker() throws Exception {
    secured = SecuredBroker.start(folder);
    Files.writeString(
        secrets(),
        "password=%s\nstore=%s\nwrong=a-wrong-password\nflink=canary-of-flink-%s\n"
            .formatted(SecuredBroker.PASSWORD, SecuredBroker.STORE_PASSWORD, Canaries.CREDENTIAL));
    Files.createDirectories(folder.resolve("mounted"));
    Files.writeString(folder.resolve("mounted/store"), SecuredBroker.STORE_PASSWORD);
  }

  @AfterAll
  static void stopBroker() {
    secured.close();
  }

  private static Path secrets() {
    return folder.resolve("kafka.properties");
  }

  @ParameterizedTest
  @EnumSource
  void deliversThroughAndShowsNoSecret(Login login) throws Exception {
    createTopics();
    Topics.send(secured.broker(), input, "good", "{\"text\":\"the dog bites the man\"}");
    Topics.send(secured.broker(), input, "bad", "no JSON");
    try (FaultyCluster cluster = FaultyCluster.start(folder.resolve(login.name()))) {
      Configuration file = pipeline(login, login.properties());
      file.setString("streambed.changes.mode", "skip");
      file.setString("streambed.changes.bootstrap", "topic"); // reads as the sink writes
      JobID job = cluster.submit(file, EmbedTopicJob::build);
      await("embedding and dead letter")
          .atMost(LIMIT)
          .untilAsserted(
              () -> {
                cluster.checkpoint(job);
                assertThat(Topics.readAll(secured.broker(), output)).hasSize(1);
                assertThat(Topics.readAll(secured.broker(), deadLetters)).hasSize(1);
              });

      for (String path : shownByFlink(job)) {
        assertThat(get(cluster.webAddress().resolve(path)))
            .as(path)
            .doesNotContain("canary-of")
            .doesNotContain("sasl.jaas.config");
      }
    }
    assertThat(Files.readString(LOG)).contains("Effective options").doesNotContain("canary-of");
    assertThat(search(0, login, login.properties())).contains("good: the dog bites the man");
  }

  private static List<String> shownByFlink(JobID job) {
    return List.of(
        "/config",
        "/jobmanager/config",
        "/jobmanager/environment",
        "/jobs/" + job,
        "/jobs/" + job + "/config",
        "/jobs/" + job + "/plan",
        "/jobs/" + job + "/exceptions",
        "/jobs/" + job + "/checkpoints/config");
  }

  @Test
  void runsFromTheCommandLine() throws Exception {
    createTopics();
    Topics.send(secured.broker(), input, "good", "{\"text\":\"the dog bites the man\"}");
    Path file =
        Files.writeString(
            folder.resolve("pipeline.yaml"),
            yaml(Login.SCRAM, Login.SCRAM.properties()).replace("timeout: 3 s", "timeout: 30 s")
                + "streambed.source.bounded: true\n");

    try (var command = CommandProcess.start(folder, "run", file.toString())) {
      assertThat(command.process().waitFor(LIMIT.toSeconds(), SECONDS)).isTrue();
      assertThat(command.printed())
          .contains("The source has ended, and all of it is committed: 1 embedded, 0 dead letters.")
          .doesNotContain("canary-of");
    }
    assertThat(Topics.readAll(secured.broker(), output)).hasSize(1);
  }

  @Test
  void searchSaysWhatIsWrongWithItsLogin() throws Exception {
    String properties = Login.SCRAM.properties();
    String trusted = secured.trust("broker").toString();
    createTopics();

    assertThat(search(1, Login.SCRAM, properties.replace(":password}", ":wrong}")))
        .contains(
            "streambed: Kafka at %s refuses the connection: ".formatted(Login.SCRAM.servers()))
        .endsWith("Check security.protocol, sasl.* and ssl.* in the file of --kafka-config.\n");
    assertThat(
            search(
                1, Login.SCRAM, properties.replace(trusted, secured.trust("stranger").toString())))
        .contains("refuses the connection: SSL handshake failed.");
    assertThat(search(1, Login.SCRAM, properties.replace(trusted, "/no/such/store.p12")))
        .contains("a file that --kafka-config names cannot be used, NoSuchFileException");
    assertThat(search(1, Login.SCRAM, properties.replace(":store}", ":wrong}")))
        .contains("a file that --kafka-config names cannot be used");
    assertThat(
            search(1, Login.SCRAM, "security.protocol: PLAINTEXT\ndefault.api.timeout.ms: 3000\n"))
        .contains(
            "does not answer within 3 s. Check that it runs, its address, and security.protocol");
  }

  /** What {@code streambed search} prints of the embeddings; never a secret. */
  private String search(int exitCode, Login login, String properties) throws Exception {
    // The value of a pipeline file may have several lines.
    Path file =
        Files.writeString(
            Files.createTempFile(folder, "search", ".properties"), properties.replace("\n  ", " "));
    try (var command =
        CommandProcess.start(
            folder,
            "search",
            output,
            "the dog bites the man",
            "--model",
            MODEL.toString(),
            "--bootstrap-servers",
            login.servers(),
            "--kafka-config",
            file.toString())) {
      assertThat(command.process().waitFor(LIMIT.toSeconds(), SECONDS)).isTrue();
      assertThat(command.printed()).doesNotContain("canary-of").doesNotContain("a-wrong-password");
      assertThat(command.process().exitValue()).as(command.printed()).isEqualTo(exitCode);
      return command.printed();
    }
  }

  @Test
  @Timeout(60)
  void saysThatThePasswordIsWrong() throws Exception {
    createTopics();

    assertRefused(Login.SCRAM, Login.SCRAM.properties().replace(":password}", ":wrong}"))
        .hasMessageStartingWith(
            "Kafka at %s refuses the login: Authentication failed"
                .formatted(secured.scramServers()))
        .hasMessageContaining("SCRAM-SHA-512")
        .hasMessageEndingWith(
            "Check user and password in streambed.source.kafka.sasl.jaas.config or where it refers"
                + " to, and streambed.source.kafka.sasl.mechanism.")
        .hasMessageNotContaining("a-wrong-password");
  }

  @Test
  @Timeout(60)
  void saysThatTheCertificateOfKafkaIsNotTrusted() throws Exception {
    createTopics();

    assertRefused(
            Login.SCRAM,
            Login.SCRAM
                .properties()
                .replace(secured.trust("broker").toString(), secured.trust("stranger").toString()))
        .hasMessageStartingWith(
            "Cannot agree on TLS with Kafka at %s: ".formatted(secured.scramServers()))
        .hasMessageContaining("unable to find valid certification path")
        .hasMessageContaining(
            "streambed.source.kafka.ssl.truststore.location must hold the certificate of Kafka");
  }

  @Test
  @Timeout(60)
  void saysThatAClientCertificateIsMissing() throws Exception {
    createTopics();

    assertRefused(
            Login.MUTUAL_TLS,
            Login.MUTUAL_TLS.properties().replaceAll("(?m)^ssl\\.keystore.*\n", ""))
        .hasMessageStartingWith(
            "Cannot agree on TLS with Kafka at %s: ".formatted(secured.mutualTlsServers()))
        .hasMessageContaining(
            "if Kafka asks for a client certificate, streambed.source.kafka.ssl.keystore.location"
                + " must hold one that it trusts.");
  }

  @Test
  @Timeout(60)
  void saysThatAClientCertificateIsNotTrusted() throws Exception {
    createTopics();

    assertRefused(
            Login.MUTUAL_TLS,
            Login.MUTUAL_TLS
                .properties()
                .replace(secured.store("client").toString(), secured.store("stranger").toString()))
        .hasMessageStartingWith(
            "Cannot agree on TLS with Kafka at %s: ".formatted(secured.mutualTlsServers()));
  }

  @Test
  @Timeout(60)
  void saysWhichKeyStoreCannotBeRead() throws Exception {
    createTopics();

    assertRefused(
            Login.SCRAM,
            Login.SCRAM
                .properties()
                .replace(secured.trust("broker").toString(), "/no/such/store.p12"))
        .hasMessageStartingWith(
            "Cannot connect to Kafka at %s with the properties of streambed.source.kafka: "
                .formatted(secured.scramServers()))
        .hasMessageContaining("there is no file /no/such/store.p12");
    assertRefused(Login.SCRAM, Login.SCRAM.properties().replace(":store}", ":wrong}"))
        .hasMessageContaining("the password of a key store or trust store is wrong");
  }

  @Test
  @Timeout(60)
  void saysWhereToLookIfTheProtocolIsWrong() throws Exception {
    createTopics();

    assertRefused(Login.SCRAM, "security.protocol: PLAINTEXT\n")
        .hasMessageStartingWith(
            "Cannot use Kafka at %s within 3 s: ".formatted(secured.scramServers()))
        .hasMessageEndingWith("and streambed.source.kafka.security.protocol.");
  }

  @Test
  @Timeout(60)
  void checksTheSinksLoginAsWell() throws Exception {
    createTopics();
    Configuration pipeline = pipeline(Login.SCRAM, Login.SCRAM.properties());
    pipeline.setString("streambed.sink.kafka.security.protocol", "SSL"); // without a password

    assertThatThrownBy(() -> EmbedTopicJob.build(new StreamExecutionEnvironment(), pipeline))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageEndingWith("and streambed.sink.kafka.security.protocol.");
  }

  @Test
  void goesOnWithoutATopicThatItMayNotRead() throws Exception {
    createTopics();
    Configuration pipeline = pipeline(Login.SCRAM, Login.SCRAM.properties());
    pipeline.removeKey("streambed.source.topic");
    pipeline.setString("streambed.startup.timeout", "1 min");
    pipeline.setString("streambed.source.topic-pattern", input + "(-[a-z])?");
    pipeline.setString("streambed.source.kafka.partition.discovery.interval.ms", "1000");
    secured.broker().createTopic(input + "-a", 1);
    secured.allow(input + "-a", AclOperation.DESCRIBE);
    assertThatThrownBy(() -> EmbedTopicJob.build(new StreamExecutionEnvironment(), pipeline))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "The job's user may not read %s-a on %s. Grant it Read, or leave them out: set streambed.source.topic-pattern to '(?!(?:%s-a)$)(?:%s(-[a-z])?)'.",
            input, secured.scramServers(), input, input);
    secured.allow(input + "-a", AclOperation.READ);
    try (FaultyCluster cluster = FaultyCluster.start(folder.resolve("rights"))) {
      JobID job = cluster.submit(pipeline, EmbedTopicJob::build);
      send(input, "-a");
      awaitEmbeddings(2);

      secured.broker().createTopic(input + "-b", 1);
      secured.allow(input + "-b", AclOperation.DESCRIBE); // found, but not to be read
      secured.revokeRead(input + "-a"); // while it is read
      await("warnings").atMost(LIMIT).until(() -> cluster.deniedTopics() == 2);
      send(input, "-a", "-b");
      awaitEmbeddings(3);
      cluster.checkpoint(job);
      assertThat(Files.readString(LOG))
          .contains("may not read source topic %s-a".formatted(input))
          .contains("may not read source topic %s-b".formatted(input));

      secured.allow(input + "-a", AclOperation.READ);
      secured.allow(input + "-b", AclOperation.READ);
      awaitEmbeddings(5);
      assertThat(cluster.restores(job)).isZero();
      await("no denied topic").atMost(LIMIT).until(() -> cluster.deniedTopics() == 0);
    }
  }

  private void send(String topic, String... suffixes) throws Exception {
    Topics.send(secured.broker(), topic, "key", "{\"text\":\"the dog bites the man\"}");
    for (String suffix : suffixes) {
      Topics.send(secured.broker(), topic + suffix, "key", "{\"text\":\"the dog bites the man\"}");
    }
  }

  private void awaitEmbeddings(int count) {
    await("embeddings")
        .atMost(LIMIT)
        .until(() -> Topics.readUncommitted(secured.broker(), output).size() >= count);
    assertThat(Topics.readUncommitted(secured.broker(), output)).hasSize(count);
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
      Login login, String properties) throws Exception {
    Configuration pipeline = pipeline(login, properties);
    return assertThatThrownBy(() -> EmbedTopicJob.build(new StreamExecutionEnvironment(), pipeline))
        .isInstanceOf(InvalidPipelineException.class)
        .satisfies(
            failure -> assertThat(Throwables.getStackTrace(failure)).doesNotContain("canary-of"));
  }

  private void createTopics() throws Exception {
    secured.broker().createTopic(input, 1);
    secured.broker().createTopic(output, 1);
    secured.broker().createTopic(deadLetters, 1);
  }

  private Configuration pipeline(Login login, String properties) throws Exception {
    return PipelineFile.read(
        Files.writeString(folder.resolve(input + ".yaml"), yaml(login, properties)));
  }

  private String yaml(Login login, String properties) {
    String indented = properties.indent(2);
    return """
    streambed.source.bootstrap-servers: %s
    streambed.source.topic: %s
    streambed.sink.topic: %s
    streambed.sink.dead-letter-topic: %s
    streambed.model.directory: %s
    streambed.startup.timeout: 3 s
    fs.azure.account.key.a.blob.core.windows.net: ${file:%s:flink}
    s3.secret-key: ${file:%s:flink}
    metrics.reporter.canary.http-headers: 'Authorization: Bearer ${file:%s:flink}'
    metrics.reporter.canary.auth-params: ${file:%s:flink}
    metrics.reporter.canary.service-key: ${file:%s:flink}
    streambed.source.kafka:
    %sstreambed.sink.kafka:
    %s"""
        .formatted(
            login.servers(),
            input,
            output,
            deadLetters,
            MODEL,
            secrets(),
            secrets(),
            secrets(),
            secrets(),
            secrets(),
            indented,
            indented);
  }

  private static String get(URI uri) throws Exception {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(uri).build(),
                HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    assertThat(response.statusCode()).as(uri.toString()).isEqualTo(200);
    return response.body();
  }
}
