package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KafkaSecretsTest {
  private static final String SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ssl.truststore.password | hunter2",
        "ssl.keystore.password | hunter2",
        "ssl.key.password | hunter2",
        "ssl.keystore.key | -----BEGIN hunter2 PRIVATE KEY-----",
        "sasl.oauthbearer.client.credentials.client.secret | hunter2",
        "sasl.jaas.config | M required username=\"u\" password=\"hunter2\";",
        "sasl.jaas.config | M required password=hunter2;",
        "sasl.jaas.config | M required username=\"${env:U}\" PassWord = 'hunter2';",
        "sasl.jaas.config | M required clientId=\"c\" clientSecret=\"hunter2\";",
        "sasl.jaas.config | M required password=\"hunter2${env:REST}\";",
        "listener.name.x.sasl.jaas.config | M required password=\"hunter2\";",
        "basic.auth.user.info | u:hunter2",
      })
  void refusesASecretInClearTextAndDoesNotQuoteIt(String property, String value) {
    for (String side : new String[] {"source", "sink"}) {
      String key = "streambed.%s.kafka.%s".formatted(side, property);

      assertThatThrownBy(() -> EmbedTopicOptions.from(Options.with(key, value)))
          .isInstanceOf(InvalidPipelineException.class)
          .hasMessageStartingWith("Option " + key + " holds a secret in clear text.")
          .hasMessageContaining("${file:/path/of.properties:key}")
          .hasMessageNotContaining("hunter2")
          .hasNoCause();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ssl.truststore.password | ${file:/run/secrets/kafka.properties:truststore}",
        "sasl.jaas.config | ${file:/run/secrets/kafka.properties:jaas}",
        "sasl.jaas.config | M required username=\"u\" password=\"${env:PASSWORD}\";",
        "sasl.jaas.config | M required useKeyTab=true keyTab=\"/k\" storeKey=true;",
        "sasl.jaas.config | M required tokenauth=true username=\"u\" password=\"${env:TOKEN}\";",
        "sasl.jaas.config | M required password=\"\";",
        "ssl.truststore.certificates | -----BEGIN CERTIFICATE-----",
        "sasl.oauthbearer.token.endpoint.url | https://login.example.org/token",
        "sasl.login.callback.handler.class | java.lang.Object",
        "ssl.keystore.location | /etc/kafka/keystore.p12",
      })
  void takesReferencesAndWhatIsNoSecret(String property, String value) {
    String key = "streambed.source.kafka." + property;

    assertThat(EmbedTopicOptions.from(Options.with(key, value)).source().kafka())
        .containsEntry(property, value);
  }

  @Test
  void refusesAProviderThatThereIsNot() {
    assertThatThrownBy(
            () ->
                EmbedTopicOptions.from(
                    Options.with("streambed.sink.kafka.ssl.key.password", "${vault:kafka:key}")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "Option streambed.sink.kafka.ssl.key.password refers to a provider 'vault'; there is"
                + " directory, env, file. Correct it, or declare it with"
                + " streambed.sink.kafka.config.providers.");
  }

  @Test
  void letsKafkasClientsResolveReferencesWhereTheyRun(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("kafka.properties"), "password=from a file\n");
    Files.writeString(directory.resolve("secret"), "from a directory");
    SourceOptions source =
        EmbedTopicOptions.from(
                Options.with(
                    "streambed.source.kafka.sasl.jaas.config",
                        SCRAM + " required password=\"${file:" + file + ":password}\";",
                    "streambed.source.kafka.ssl.key.password",
                        "${directory:" + directory + ":secret}",
                    "streambed.source.kafka.ssl.truststore.password", "${env:PATH}"))
            .source();

    var resolved =
        new AbstractConfig(new ConfigDef(), source.consumerProperties(), /* doLog= */ false);

    assertThat(resolved.originals())
        .containsEntry("sasl.jaas.config", SCRAM + " required password=\"from a file\";")
        .containsEntry("ssl.key.password", "from a directory")
        .containsEntry("ssl.truststore.password", System.getenv("PATH"));
    assertThat(source.consumerProperties().toString()).doesNotContain("from a");
    assertThatCode(() -> KafkaSecrets.checkResolvable(JobOptions.SOURCE_KAFKA, source.kafka()))
        .doesNotThrowAnyException();
  }

  @Test
  void leavesDeclaredProvidersAsTheyAre() {
    SourceOptions source =
        EmbedTopicOptions.from(
                Options.with(
                    "streambed.source.kafka.config.providers", "mine",
                    "streambed.source.kafka.config.providers.mine.class",
                        "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
                    "streambed.source.kafka.ssl.key.password", "${mine:KEY}"))
            .source();

    assertThat(source.consumerProperties())
        .containsEntry("config.providers", "mine")
        .doesNotContainKey("config.providers.env.class");
  }

  @Test
  void addsNothingToPropertiesWithoutReferences() {
    assertThat(KafkaSecrets.withProviders(Map.of("linger.ms", "5")))
        .isEqualTo(Map.of("linger.ms", "5"));
  }

  @Test
  void refusesALineBreakAtTheEndOfWhatAReferenceRefersTo(@TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("line"), "hunter2\n");
    Files.writeString(directory.resolve("certificate"), "-----BEGIN\nhunter2\nEND-----\n");
    String line = "${directory:" + directory + ":line}";
    String certificate = "${directory:" + directory + ":certificate}";

    assertThatThrownBy(
            () ->
                KafkaSecrets.checkResolvable(
                    JobOptions.SINK_KAFKA,
                    Map.of("sasl.jaas.config", "M required password=\"" + line + "\";")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "What %s of streambed.sink.kafka.sasl.jaas.config refers to ends with a line break, which would be a part of the value. Write it without one, as printf does and echo does not."
                .formatted(line));
    assertThatCode(
            () ->
                KafkaSecrets.checkResolvable(
                    JobOptions.SINK_KAFKA, Map.of("ssl.keystore.key", certificate)))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesReferencesThatLeadNowhere(@TempDir Path directory) throws Exception {
    Path missing = directory.resolve("missing.properties");
    Path other = Files.writeString(directory.resolve("other.properties"), "a=hunter2\n");

    assertThatThrownBy(
            () ->
                KafkaSecrets.checkResolvable(
                    JobOptions.SINK_KAFKA,
                    Map.of("ssl.key.password", "${file:" + missing + ":key}")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("Cannot read what streambed.sink.kafka refers to: ")
        .hasMessageContaining(missing.toString());
    assertThatThrownBy(
            () ->
                KafkaSecrets.checkResolvable(
                    JobOptions.SINK_KAFKA, Map.of("ssl.key.password", "${file:" + other + ":key}")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "Nothing is there for ${file:%s:key} of streambed.sink.kafka.ssl.key.password. It must"
                + " be readable here, and wherever the job runs.",
            other);
  }
}
