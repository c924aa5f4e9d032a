package dev.streambed.e2e.records;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanariesTest {
  @TempDir private Path directory;

  @Test
  void acceptsLogsWithoutOne() throws IOException {
    Files.writeString(directory.resolve("a.log"), "Embedded 3 texts.\n");

    assertThatCode(() -> Canaries.assertNoneInLogs(directory)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "ab", "abc"})
  void findsOneInAnyForm(String before) throws IOException {
    byte[] bytes = (before + Canaries.TEXT + " and more").getBytes(StandardCharsets.UTF_8);
    String log =
        String.join(
            "\n",
            "first",
            "text " + new String(bytes, StandardCharsets.UTF_8),
            "array " + Arrays.toString(bytes),
            "base64 " + Base64.getEncoder().encodeToString(bytes));
    Files.writeString(Files.createDirectories(directory.resolve("deep")).resolve("b.log"), log);

    assertThatThrownBy(() -> Canaries.assertNoneInLogs(directory))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("3 lines of logs")
        .hasMessageContaining("b.log:2: text")
        .hasMessageContaining("b.log:3: array")
        .hasMessageContaining("b.log:4: base64");
  }

  @Test
  void saysWhenThereIsNothingToSearch() {
    assertThatThrownBy(() -> Canaries.assertNoneInLogs(directory))
        .isInstanceOf(AssertionError.class)
        .hasMessage("There is no log in %s to search.", directory);
  }
}
