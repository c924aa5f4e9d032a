package dev.streambed.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class RegistryClientTest {
  private static final String TEXT =
      "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"text\",\"type\":\"string\"}]}";

  @RegisterExtension private final FakeRegistry registry = new FakeRegistry();

  @Test
  void triesTheNextAddressAndLogsInWithWhatReferencesLeadTo(@TempDir Path directory)
      throws Exception {
    registry.put(1, TEXT, "[]");
    Path secrets = directory.resolve("secrets.properties");
    Files.writeString(secrets, "password=open sesame\n");
    Map<String, String> references =
        Map.of(
            RegistryOptions.PASSWORD,
            "${file:" + secrets + ":password}",
            "config.providers",
            "file",
            "config.providers.file.class",
            FileConfigProvider.class.getName());
    var options =
        new RegistryOptions(
            List.of("http://127.0.0.1:1", registry.url() + "/"), "ali", null, references);

    try (var client = new RegistryClient(options)) {
      assertThat(client.schema(1).text()).isEqualTo(TEXT);
      registry.answers.put("/schemas/ids/1", new FakeRegistry.Answer(401, "{}"));
      Files.writeString(secrets, "password=rotated\n");
      assertThatThrownBy(() -> client.schema(1))
          .hasMessageContaining("refuses the login with status 401")
          .hasMessageNotContainingAny("sesame", "rotated");
      registry.put(1, TEXT, "[]");
      assertThat(client.schema(1).text()).isEqualTo(TEXT);
    }

    assertThat(registry.logins)
        .containsExactly(
            "Basic YWxpOm9wZW4gc2VzYW1l", "Basic YWxpOm9wZW4gc2VzYW1l", "Basic YWxpOnJvdGF0ZWQ=");
  }

  @Test
  void registersAndComparesSchemas() throws Exception {
    var schema = new RegistrySchema(RegistrySchema.AVRO, TEXT, List.of());
    registry.answers.put("/subjects/s/versions", new FakeRegistry.Answer(200, "{\"id\":7}"));
    registry.answers.put(
        "/subjects/t/versions", new FakeRegistry.Answer(409, "{\"error_code\":409}"));
    registry.answers.put(
        "/compatibility/subjects/s/versions/latest",
        new FakeRegistry.Answer(200, "{\"is_compatible\":false}"));

    try (var client = new RegistryClient(registry.options())) {
      assertThat(client.register("s", schema)).isEqualTo(7);
      assertThat(client.isCompatible("s", schema)).isFalse();
      assertThatThrownBy(() -> client.register("t", schema))
          .hasMessage("it does not take the schema (409): no reason");
    }
  }

  @Test
  void saysAtTheStartWhatIsWrong() throws Exception {
    registry.answers.put("/schemas/types", new FakeRegistry.Answer(200, "[\"AVRO\"]"));
    PatientRegistry.checkAnswers(registry.options(), Duration.ofMillis(1));

    registry.answers.put("/schemas/types", new FakeRegistry.Answer(200, "<html></html>"));
    assertThatThrownBy(() -> PatientRegistry.checkAnswers(registry.options(), Duration.ofMillis(1)))
        .hasMessageContaining("answers with status 200 and application/json, not as a schema");
    registry.answers.put("/schemas/types", new FakeRegistry.Answer(403, "{}"));
    assertThatThrownBy(() -> PatientRegistry.checkAnswers(registry.options(), Duration.ofDays(1)))
        .hasMessageContaining("refuses the login with status 403");
    var nobody = new RegistryOptions(List.of("http://127.0.0.1:1"), null, null, Map.of());
    assertThatThrownBy(() -> PatientRegistry.checkAnswers(nobody, Duration.ofMillis(1)))
        .hasMessageContaining(" does not answer: its host is unknown, or nothing listens there");
  }
}
