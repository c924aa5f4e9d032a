package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.ApicurioRegistry;
import dev.streambed.e2e.harness.KeyStores;
import dev.streambed.e2e.harness.SecuredRegistry;
import dev.streambed.e2e.records.CanaryExtension;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.registry.PatientRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;

/** A registry that asks for logins over TLS. */
interface RegistryLoginTests {
  KafkaBroker broker();

  ApicurioRegistry registry();

  /** For keys and secrets. */
  Path directory();

  @Test
  default void logsInOverTls() throws Exception {
    JobTopics topics = JobTopics.create(broker(), "logins");
    var keys = new KeyStores(Files.createTempDirectory(directory(), "keys"), "store-canary");
    keys.make("registry");
    keys.make("stranger");
    Set<String> logins = Set.of(basic("login-canary"), "Bearer token-canary");
    try (var secured = new SecuredRegistry(registry().url(), keys, logins)) {
      Map<String, String> trusted =
          Map.of(
              "ssl.truststore.location",
              keys.trust("registry").toString(),
              "ssl.truststore.password",
              secret(directory(), "store-canary"));
      Map<String, String> bearer =
          with(trusted, "bearer-token", secret(directory(), "token-canary"));
      Map<String, String> user =
          with(with(trusted, "username", "ali"), "password", secret(directory(), "login-canary"));

      for (Map<String, String> login : List.of(bearer, user)) {
        Configuration pipeline = SchemaRegistryIT.pipeline("avro", topics, secured.url(), login);
        var format = EmbedTopicOptions.from(pipeline).source().format();
        PatientRegistry.checkAnswers(
            Objects.requireNonNull(format.options().registry()), Duration.ofMinutes(3));
      }

      String refused =
          "Cannot use the schema registry: %s/schemas/types refuses the login with status 401; look at"
              .formatted(secured.url());
      assertRefused(
          secured, topics, with(user, "password", secret(directory(), "wrong-canary")), refused);
      assertRefused(
          secured, topics, with(bearer, "bearer-token", secret(directory(), "no-canary")), refused);
      assertRefused(secured, topics, trusted, refused);
      assertRefused(
          secured,
          topics,
          with(bearer, "bearer-token", "${env:NO_SUCH_TOKEN}"),
          "Invalid value for option streambed.registry.bearer-token: Nothing is there for");
      String untrusted =
          "Cannot use the schema registry: cannot agree on TLS with %s: ".formatted(secured.url());
      String hint = "; streambed.registry.ssl.truststore.location must hold its certificate";
      assertRefused(secured, topics, Map.of(), untrusted, hint);
      assertRefused(
          secured,
          topics,
          with(user, "ssl.truststore.location", keys.trust("stranger").toString()),
          untrusted,
          hint);
      assertRefused(
          secured,
          topics,
          with(user, "ssl.truststore.password", secret(directory(), "wrong-canary")),
          "Cannot use the schema registry: the trust store %s cannot be read: "
              .formatted(keys.trust("registry")));
      assertRefused(
          secured,
          topics,
          with(user, "ssl.truststore.location", keys.certificate("registry").toString()),
          "it is PEM, which has no password; remove streambed.registry.ssl.truststore.password");
    }
    assertThat(Files.readString(CanaryExtension.logFile())).doesNotContain("-canary");
  }

  private static void assertRefused(
      SecuredRegistry secured, JobTopics topics, Map<String, String> login, String... messages)
      throws Exception {
    Configuration pipeline = SchemaRegistryIT.pipeline("avro", topics, secured.url(), login);
    assertThatThrownBy(() -> EmbedTopicJob.build(new StreamExecutionEnvironment(), pipeline))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContainingAll(messages)
        .satisfies(
            failure -> assertThat(Throwables.getStackTrace(failure)).doesNotContain("-canary"));
  }

  private static Map<String, String> with(Map<String, String> login, String key, String value) {
    Map<String, String> more = new TreeMap<>(login);
    more.put(key, value);
    return more;
  }

  static String basic(String password) {
    byte[] login = ("ali:" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(login);
  }

  /** A reference to a secret, which lies in a file. */
  static String secret(Path directory, String value) throws IOException {
    Path secrets = Files.createTempFile(directory, "secrets", ".properties");
    Files.writeString(secrets, "secret=" + value);
    return "${file:%s:secret}".formatted(secrets);
  }
}
