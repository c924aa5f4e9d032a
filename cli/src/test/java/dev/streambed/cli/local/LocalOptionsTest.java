package dev.streambed.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.metrics.ReporterSetupBuilder;
import org.apache.flink.runtime.metrics.filter.DefaultReporterFilters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalOptionsTest {
  private static final String PROMETHEUS =
      "org.apache.flink.metrics.prometheus.PrometheusReporterFactory";

  @Test
  void hasTheReporterForPrometheus() {
    var options =
        Configuration.fromMap(
            Map.of(
                "metrics.reporter.prom.factory.class",
                PROMETHEUS,
                "metrics.reporter.prom.port",
                "0"));

    assertThatCode(() -> LocalOptions.check(options)).doesNotThrowAnyException();
    // As Flink's processes find it when they start.
    assertThat(
            ReporterSetupBuilder.METRIC_SETUP_BUILDER.fromConfiguration(
                options, DefaultReporterFilters::metricsFromConfiguration, null))
        .singleElement()
        .satisfies(setup -> setup.getReporter().close());
  }

  @Test
  void refusesAReporterThatIsNotThere() {
    var options =
        Configuration.fromMap(Map.of("metrics.reporter.a.factory.class", "com.example.A"));

    assertThatThrownBy(() -> LocalOptions.check(options))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageStartingWith(
            "Option metrics.reporter.a.factory.class names a reporter that is not part of this"
                + " command: com.example.A. There is "
                + PROMETHEUS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"io.tmp.dirs", "web.tmpdir", "web.upload.dir"})
  void refusesDirectoriesThatItWouldNotUse(String key) {
    assertThatThrownBy(() -> LocalOptions.check(Configuration.fromMap(Map.of(key, "/t"))))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageStartingWith("Option " + key + " has no effect here");
  }

  @ParameterizedTest
  @ValueSource(strings = {"execution.checkpointing.dir", "state.savepoints.dir"})
  void triesWhetherCheckpointsCanBeWritten(String key, @TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("a file"));
    var writable = Configuration.fromMap(Map.of(key, directory.resolve("new").toUri().toString()));
    var impossible = Configuration.fromMap(Map.of(key, "file:" + file + "/checkpoints"));
    var unknown = Configuration.fromMap(Map.of(key, "s3://bucket/checkpoints"));

    assertThatCode(() -> LocalOptions.check(writable)).doesNotThrowAnyException();
    assertThat(directory.resolve("new")).isEmptyDirectory();
    assertThatThrownBy(() -> LocalOptions.check(impossible))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageStartingWith("Cannot write to file:%s/checkpoints (option ", file);
    assertThatThrownBy(() -> LocalOptions.check(unknown))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageStartingWith("Cannot write to s3://bucket/checkpoints (option ")
        .hasMessageContaining("Could not find a file system implementation for scheme 's3'");
  }

  @Test
  void takesThePortUnderBothOfItsNames() {
    assertThat(LocalOptions.port(new Configuration())).isEqualTo("0");
    assertThat(LocalOptions.port(Configuration.fromMap(Map.of("rest.port", "8081"))))
        .isEqualTo("8081");
    assertThat(LocalOptions.port(Configuration.fromMap(Map.of("rest.bind-port", "8081-8090"))))
        .isEqualTo("8081-8090");
  }
}
