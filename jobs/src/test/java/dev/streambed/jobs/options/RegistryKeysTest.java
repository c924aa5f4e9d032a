package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryKeysTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "url | ftp://x | Invalid value for option streambed.registry.url: must be URLs such as",
        "url | http://u:p@x | option streambed.registry.url: must be without user, password and",
        "url | http://x?token=a | must be without user, password and query",
        "username | ali | Option streambed.registry.username needs streambed.registry.password.",
        "password | ${env:PATH} | Option streambed.registry.password needs streambed.registry.user",
        "ssl.truststore.password | ${env:PATH} |"
            + " ssl.truststore.password needs streambed.registry.ssl.truststore.location.",
        "ssl.truststore.location | /ca.pem |"
            + " Option streambed.registry.ssl.truststore.location is for https, and no address of"
            + " streambed.registry.url begins with it.",
      })
  void refusesWhatIsNoRegistry(String key, String value, String message) {
    assertRefused(
        Options.with(
            "streambed.source.format",
            "avro",
            "streambed.registry.url",
            "http://localhost:1",
            "streambed.registry." + key,
            value),
        message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "avro | string | username | Option streambed.registry.username is for"
            + " streambed.registry.url, which is missing.",
        "json | long | url | Option streambed.registry.url has no effect: a source of"
            + " format json and key-format long asks no registry, and there is no"
            + " streambed.sink.subject.",
      })
  void refusesARegistryThatIsNotAsked(String format, String keyFormat, String key, String message) {
    assertRefused(
        Options.with(
            "streambed.source.format",
            format,
            "streambed.source.key-format",
            keyFormat,
            "streambed.source.schema-file",
            "../docs/examples/articles.binpb",
            "streambed.registry." + key,
            "http://localhost:1"),
        message);
  }

  private static void assertRefused(Configuration file, String message) {
    assertThatThrownBy(() -> EmbedTopicOptions.from(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(message);
  }
}
