package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.options.flink.FlinkOptions;
import java.util.TreeSet;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "fs.azure.account.key.mine | a",
        "metrics.reporter.otel.http-headers | Authorization: a",
        "metrics.reporter.x.auth-params | a",
        "metrics.reporter.x.service-key | a",
        "metrics.reporter.x.apikey | a",
        "metrics.reporter.x.headers | a",
        "s3.secret-key | a",
        "streambed.registry.password | a",
        "streambed.registry.bearer-token | a",
        "streambed.registry.ssl.truststore.password | a",
        "streambed.registry.url | https://me:a@registry.example.org",
        "fs.s3a.secret.key | a",
        "fs.s3.session-token | a",
        "fs.gs.private.key | a",
        "security.ssl.internal.keystore-password | a",
        "streambed.source.kafka.ssl.key.password | a",
        "streambed.source.kafka.my.callback.token | a",
        "streambed.sink.kafka.basic.auth.user.info | u:a",
        "metrics.reporter.x.host | https://me:a@example.org",
        "env.java.opts | -DtrustStorePassword=a",
        "pipeline.name | Password = 'a'",
        "fs.azure.sas.container.account.blob.core.windows.net | a",
        "fs.s3a.encryption.key | a",
        "fs.s3a.server-side-encryption.key | a",
        "s3.sse.customer-key | a",
        "metrics.reporter.x.pass | a",
        "metrics.reporter.x.licenseKey | a",
        "metrics.reporter.x.endpoint | https://example.org/?api_key=a",
        "env.java.opts.all | -Dmy.token=a",
        "env.java.opts.all | -Dapi.key=a",
        "pipeline.global-job-parameters | user:me,password:a",
        "streambed.source.kafka.sasl.jaas.config | M required accessToken=\"a\";",
        "streambed.source.kafka.sasl.jaas.config | M required \"password\"=\"a\";",
      })
  void hidesAndRefuses(String key, String value) {
    assertThat(Secrets.isSecret(key, value)).isTrue();
    assertThat(Secrets.isInClearText(key, value)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "s3.secret-key | ${env:S3}",
        "streambed.registry.password | ${env:P}",
        "streambed.registry.bearer-token | ${env:P}",
        "metrics.reporter.otel.http-headers | Authorization: Bearer ${env:TOKEN}",
        "streambed.sink.kafka.basic.auth.user.info | me:${env:P}",
        "streambed.source.kafka.sasl.jaas.config | M required password=${env:P} username=u;",
        "streambed.source.kafka.sasl.jaas.config | M required password='${env:P}';",
      })
  void hidesAndTakesReferences(String key, String value) {
    assertThat(Secrets.isSecret(key, value)).isTrue();
    assertThat(Secrets.isInClearText(key, value)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "streambed.batch.max-tokens | 512",
        "streambed.source.topic | secrets",
        "streambed.registry.username | ali",
        "streambed.registry.ssl.truststore.location | /etc/registry/ca.pem",
        "streambed.source.kafka.sasl.oauthbearer.token.endpoint.url | https://example.org/token",
        "streambed.source.kafka.ssl.truststore.certificates | -----BEGIN CERTIFICATE-----",
        "security.delegation.tokens.enabled | false",
        "security.delegation.token.provider.hbase.enabled | false",
        "fs.s3a.aws.credentials.provider | com.example.Provider",
        "fs.azure.account.keyprovider.mine | com.example.Provider",
        "metrics.reporter.x.host | https://example.org:8080/a@b",
        "pipeline.name | a",
      })
  void showsTheRest(String key, String value) {
    assertThat(Secrets.isSecret(key, value)).isFalse();
    assertThat(Secrets.isInClearText(key, value)).isFalse();
  }

  @Test
  void hidesWhatKafkaItselfTakesForAPassword() {
    for (ConfigDef.ConfigKey property : ConsumerConfig.configDef().configKeys().values()) {
      boolean isHidden =
          property.type == ConfigDef.Type.PASSWORD && !property.name.contains("certificate");

      assertThat(Secrets.isSecret("streambed.source.kafka." + property.name, "a"))
          .as(property.name)
          .isEqualTo(isHidden);
    }
  }

  @Test
  void hidesOnlyTheseOfOurOwnOptions() {
    assertThat(JobOptions.all())
        .extracting(ConfigOption::key)
        .filteredOn(key -> Secrets.isSecret(key))
        .containsExactlyInAnyOrder(
            "streambed.registry.password",
            "streambed.registry.bearer-token",
            "streambed.registry.ssl.truststore.password");
  }

  /** A new option whose name sounds like a secret is declared as one, or listed here. */
  @Test
  void knowsWhichOfOurOwnOptionsAreOnlyCalledLikeSecrets() {
    assertThat(JobOptions.all())
        .extracting(ConfigOption::key)
        .filteredOn(key -> Secrets.isCalledSecret(key) && !Secrets.isSecret(key))
        .containsExactlyInAnyOrder(
            "streambed.sink.headers",
            "streambed.batch.max-tokens",
            "streambed.chunking.max-tokens",
            "streambed.chunking.overlap-tokens",
            "streambed.chunking.min-tokens");
  }

  @Test
  void showsOnlyTheseOfWhatFlinkHides() {
    var shown = new TreeSet<String>();
    for (String key : FlinkOptions.ALL.keySet()) {
      if (GlobalConfiguration.isSensitive(key) && !Secrets.isSecret(key, "a")) {
        shown.add(key);
      }
    }

    assertThat(shown)
        .containsExactly(
            "security.delegation.tokens.enabled",
            "security.delegation.tokens.renewal.retry.backoff",
            "security.delegation.tokens.renewal.time-ratio",
            "security.kerberos.fetch.delegation-token",
            "security.kerberos.tokens.renewal.retry.backoff",
            "security.kerberos.tokens.renewal.time-ratio");
  }
}
