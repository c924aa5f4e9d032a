package dev.streambed.e2e.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what the image's scripts say if something is wrong. */
class ImageScriptsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "assemble",
        "assemble-serve",
        "build",
        "collect-cuda",
        "provide-model",
        "start-application"
      })
  void withoutArgumentsTheySayHowTheyAreUsed(String script) throws Exception {
    ScriptRun run = ScriptRun.of(script);

    assertThat(run.printed()).startsWith("usage: " + script + " ");
    assertThat(run.exitCode()).isEqualTo(2);
  }

  @Test
  void theySayWhatTheyCannotReadOrWrite() throws Exception {
    String missing = folder.resolve("missing").toString();
    String pipeline = Files.writeString(folder.resolve("pipeline.yaml"), "").toString();

    assertThat(ScriptRun.of("start-application", missing, folder.toString()).printed())
        .contains("cannot read " + missing + ". If it is mounted from the host, let everybody");
    assertThat(ScriptRun.of("start-application", pipeline, missing).printed())
        .contains("cannot write into " + missing + "; the image makes it for user 9999");
    assertThat(ScriptRun.of("provide-model", missing).printed())
        .contains("cannot write into " + missing + "; the image makes it for user 9999");
  }
}
