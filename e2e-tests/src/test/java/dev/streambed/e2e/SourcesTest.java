package dev.streambed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The sizes of the sources of all modules, tests included. */
class SourcesTest {
  /** A class fits into a reader's head; a longer one is about two things. */
  private static final long MOST_LINES = 300;

  /** Still to be split. Add none. */
  private static final Set<String> LONGER =
      Set.of(
          "EmbedTopicOptionsTest.java",
          "ImportSettingsTest.java",
          "LostTransactionIT.java",
          "PipelineFileTest.java",
          "RefusedRecordsIT.java",
          "SecuredKafkaIT.java",
          "StrictJson.java");

  @Test
  void areShortEnoughToRead() throws IOException {
    TreeMap<String, Long> longer = new TreeMap<>();
    int seen = 0;
    for (Path module : modules()) {
      Path sources = module.resolve("src");
      if (Files.isDirectory(sources)) {
        try (Stream<Path> files = Files.walk(sources)) {
          for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
            seen++;
            long lines = lines(file);
            String name = String.valueOf(file.getFileName());
            if (lines > MOST_LINES && !LONGER.contains(name)) {
              longer.put(name, lines);
            }
          }
        }
      }
    }

    assertThat(longer).as("sources of more than %d lines", MOST_LINES).isEmpty();
    assertThat(seen).as("sources").isGreaterThan(500);
  }

  /** The folders of all modules, those inside of another one included. */
  private static List<Path> modules() throws IOException {
    try (Stream<Path> poms =
        Files.find(Path.of(".."), 3, (path, attributes) -> path.endsWith("pom.xml"))) {
      return poms.map(Path::getParent).toList();
    }
  }

  private static long lines(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count();
    }
  }
}
