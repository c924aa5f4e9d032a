package dev.streambed.e2e.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * deploy/Dockerfile, as far as it can be checked without Docker. {@link ImageIT} runs what it runs.
 */
class DockerfileTest {
  /** The instructions of each stage, its FROM first. */
  private static final Map<String, List<String>> STAGES = new LinkedHashMap<>();

  @BeforeAll
  static void read() throws IOException {
    List<String> stage = new ArrayList<>();
    for (String line :
        DeploymentFiles.text("deploy/Dockerfile").replace("\\\n", " ").lines().toList()) {
      if (line.startsWith("FROM ")) {
        stage = new ArrayList<>();
        STAGES.put(line.substring(line.lastIndexOf(' ') + 1), stage);
      }
      if (!line.isBlank() && !line.startsWith("#")) {
        stage.add(line);
      }
    }
  }

  @Test
  void hasAStageForEachImage() {
    assertThat(STAGES).containsKeys("cpu", "gpu", "serve");
  }

  @Test
  void buildsOnPinnedImages() {
    STAGES.forEach(
        (name, stage) -> {
          String image = stage.get(0).split(" ", -1)[1];
          if (!STAGES.containsKey(image)) {
            assertThat(image)
                .as(name)
                .matches("[\\w./-]+:\\d+\\.\\d+\\.\\d+(_\\d+)?-[\\w.-]+|maven:3\\.9\\.\\d+-.*");
          }
        });
  }

  @Test
  void runsAsFlinkAndNotAsRoot() {
    for (String target : List.of("cpu", "gpu")) {
      assertThat(STAGES.get(target))
          .filteredOn(instruction -> instruction.startsWith("USER "))
          .last()
          .isEqualTo("USER flink");
    }
  }

  @Test
  void servesAsAUserWithoutRightsAndWithoutFlink() {
    List<String> serve = STAGES.getOrDefault("serve", List.of());

    assertThat(serve)
        .filteredOn(instruction -> instruction.startsWith("USER "))
        .last()
        .isEqualTo("USER 9999");
    assertThat(serve.get(0)).doesNotContain("flink");
    assertThat(serve)
        .filteredOn(instruction -> instruction.startsWith("COPY "))
        .noneMatch(
            instruction -> instruction.contains("/image/lib") || instruction.contains("usrlib"));
  }

  @Test
  void copiesWhatExists() {
    for (List<String> stage : STAGES.values()) {
      for (String instruction : stage) {
        if (instruction.startsWith("COPY ") && !instruction.contains("--from=")) {
          List<String> words = Stream.of(instruction.split(" +", -1)).skip(1).toList();
          for (String source : words.subList(0, words.size() - 1)) {
            assertThat(DeploymentFiles.ROOT.resolve(source)).as(instruction).exists();
          }
        } else if (instruction.contains("--from=")) {
          String from = instruction.replaceFirst(".*--from=(\\S+).*", "$1");
          assertThat(STAGES).as(instruction).containsKey(from);
        }
      }
    }
  }

  @Test
  void copiesScriptsThatCanBeRun() throws IOException {
    try (Stream<Path> scripts = Files.list(DeploymentFiles.ROOT.resolve("deploy/image"))) {
      assertThat(scripts).isNotEmpty().allMatch(Files::isExecutable);
    }
  }
}
