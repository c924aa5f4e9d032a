package dev.streambed.e2e.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.jobs.options.PipelineFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Reads deploy/ and docker-compose.yml as their users do. */
final class DeploymentFiles {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final ObjectMapper JSON = new ObjectMapper();

  private DeploymentFiles() {}

  static String text(String file) throws IOException {
    return Files.readString(ROOT.resolve(file));
  }

  static JsonNode json(String file) throws IOException {
    return JSON.readTree(text(file));
  }

  /** The documents of a YAML text, anchors and merge keys resolved. */
  static List<JsonNode> yaml(String text) {
    var documents = new ArrayList<JsonNode>();
    for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(text)) {
      documents.add(JSON.valueToTree(document));
    }
    return documents;
  }

  /** Reads Flink's options of a deployment; none may be unknown or of the wrong type. */
  static Configuration flinkOptions(Map<String, String> options, Path directory)
      throws IOException {
    var lines = new ArrayList<String>();
    options.forEach((key, value) -> lines.add("%s: '%s'".formatted(key, value)));
    return PipelineFile.read(Files.write(directory.resolve("flink.yaml"), lines));
  }

  /** Flink starts no process whose memory options contradict each other. */
  static void assertMemoryAddsUp(Configuration options) {
    assertThat(
            TaskExecutorProcessUtils.processSpecFromConfig(options)
                .getTotalProcessMemorySize()
                .getMebiBytes())
        .isPositive();
    assertThat(
            JobManagerProcessUtils.processSpecFromConfig(options)
                .getTotalProcessMemorySize()
                .getMebiBytes())
        .isPositive();
  }
}
