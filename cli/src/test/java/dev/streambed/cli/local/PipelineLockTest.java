package dev.streambed.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a second process: {@code RunIT} in e2e-tests. */
class PipelineLockTest {
  @TempDir private Path folder;

  @Test
  void saysWhichProcessRunsTheFile() throws Exception {
    PipelineLock first = PipelineLock.take(Path.of("p.yaml"), folder);

    assertThatThrownBy(() -> PipelineLock.take(Path.of("p.yaml"), folder))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageStartingWith(
            "p.yaml runs already, in process %d on this machine.", ProcessHandle.current().pid());

    first.close();
    PipelineLock.take(Path.of("p.yaml"), folder).close();
  }

  @Test
  void isNotHeldByALockFileThatIsLeft() throws Exception {
    Files.writeString(folder.resolve("lock"), "123456789");

    PipelineLock.take(Path.of("p.yaml"), folder).close();

    assertThat(folder.resolve("lock")).hasContent(Long.toString(ProcessHandle.current().pid()));
  }

  @Test
  void saysWhyItCannotLock() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() -> PipelineLock.take(Path.of("p.yaml"), file))
        .isInstanceOf(IOException.class)
        .hasMessage("Cannot lock p.yaml with %s/lock: %s is a file.", file, file);
  }
}
