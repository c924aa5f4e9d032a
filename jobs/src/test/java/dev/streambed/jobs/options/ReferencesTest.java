package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.options.flink.OptionType;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReferencesTest {

  /** Secrets are resolved wherever the job runs (RegistryKeys, SecretsTest). */
  static List<String> textOptions() {
    return JobOptions.all().stream()
        .filter(option -> OptionType.of(option) == OptionType.TEXT)
        .map(option -> option.key())
        .filter(key -> !Secrets.isSecret(key))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("textOptions")
  void areResolvedInEachTextAndRefusedWhereTheyLeadNowhere(String key) {
    assertThat(PipelineFile.parse(key + ": a-${env:PATH}", "test.yaml").toMap())
        .containsEntry(key, "a-" + System.getenv("PATH"));
    assertThatThrownBy(() -> PipelineFile.parse(key + ": ${env:NOT_SET_ANYWHERE}", "test.yaml"))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("option " + key + ": Nothing is there for ${env:NOT_SET_ANYWHERE}");
  }
}
