package dev.streambed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The index of the decision records against the records. */
class DecisionsTest {
  private static final Path FOLDER = Path.of("../docs/decisions");
  private static final Pattern ENTRY = Pattern.compile("\\* \\[(\\d{4})]\\((.+)\\) (.+)");

  @Test
  void theIndexListsEachRecordOnceUnderItsTitle() throws IOException {
    List<String> listed =
        ENTRY
            .matcher(Files.readString(FOLDER.resolve("README.md")))
            .results()
            .map(DecisionsTest::entry)
            .toList();

    assertThat(listed).containsExactlyInAnyOrderElementsOf(records());
  }

  private static String entry(MatchResult match) {
    assertThat(match.group(2)).startsWith(match.group(1));
    return match.group(2) + ": " + match.group(3);
  }

  private static List<String> records() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .filter(file -> !file.endsWith("README.md"))
          .map(file -> file.getFileName() + ": " + title(file))
          .toList();
    }
  }

  private static String title(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.findFirst().orElseThrow().replaceFirst("# \\d+[.:] ", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
