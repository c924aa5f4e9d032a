package dev.streambed.e2e.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.e2e.harness.GuideProgram;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide's program with the default model, which needs no command line. */
class FirstTextsIT {
  @TempDir private Path directory;

  @Test
  void embedsWithoutAModelDirectory() throws Exception {
    Path source = Path.of("../docs/examples/first-texts/FirstTexts.java");

    assertThat(GuideProgram.run(directory, source, "FirstTexts"))
        .endsWith("5 tokens, 384 dimensions\n5 tokens, 384 dimensions\n");
  }
}
