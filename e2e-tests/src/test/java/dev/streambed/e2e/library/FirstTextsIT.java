package dev.streambed.e2e.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide's program with the default model, which needs no command line. */
class FirstTextsIT {
  @TempDir private Path directory;

  @Test
  void embedsWithoutAModelDirectory() throws Exception {
    Path classPath = directory.resolve("class-path"); // too long for a command line
    Files.writeString(classPath, "-cp \"%s\"".formatted(System.getProperty("java.class.path")));

    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + classPath,
                "../docs/examples/first-texts/FirstTexts.java")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isZero();
    assertThat(output).endsWith("5 tokens, 384 dimensions\n5 tokens, 384 dimensions\n");
  }
}
