package dev.streambed.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a second process: {@code RunIT} in e2e-tests. */
class PipelineLockTest {
  @TempDir private Path folder;

  private final List<String> warnings = new ArrayList<>();

  @Test
  void saysWhichProcessRunsTheFile() throws Exception {
    Path file = Files.createFile(folder.resolve("p.yaml"));
    PipelineLock first = take(file);

    assertThatThrownBy(() -> take(file))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageStartingWith(
            "%s runs already, in process %d on this machine.", file, ProcessHandle.current().pid());

    first.close();
    take(file).close();
  }

  @Test
  void holdsForAllLinksToTheFile() throws Exception {
    Path file = Files.createFile(Files.createDirectory(folder.resolve("a")).resolve("p.yaml"));
    Path link = link("b", Path.of("../a/p.yaml"));
    Path other = link("c", Path.of("../b/p.yaml"));

    for (Path first : List.of(file, link, other)) {
      PipelineLock lock = take(first);
      for (Path second : List.of(file, link, other)) {
        assertThatThrownBy(() -> take(second))
            .as("%s after %s", second, first)
            .isInstanceOf(CommandFailedException.class)
            .hasMessageStartingWith("%s runs already, in process ", second);
      }
      lock.close();
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void takesALinkWhoseFolderOfCheckpointsIsALinkToo() throws Exception {
    Path file = Files.createFile(Files.createDirectory(folder.resolve("a")).resolve("p.yaml"));
    Path link = link("b", file);
    Files.createSymbolicLink(
        SavedCheckpoints.folder(link), Files.createDirectory(SavedCheckpoints.folder(file)));

    take(link).close();

    assertThat(warnings).isEmpty();
  }

  @Test
  void warnsWhereTheFileOfALinkCannotBeLocked() throws Exception {
    Path file = Files.createFile(Files.createDirectory(folder.resolve("a")).resolve("p.yaml"));
    Path link = link("b", file);
    Path inTheWay = Files.createFile(SavedCheckpoints.folder(file));

    take(link).close();

    assertThat(warnings)
        .containsExactly("Cannot lock %s with %s/lock: %2$s is a file.".formatted(link, inTheWay));
  }

  @Test
  void isNotHeldByALockFileThatIsLeft() throws Exception {
    Path file = Files.createFile(folder.resolve("p.yaml"));
    Path left = Files.createDirectory(SavedCheckpoints.folder(file)).resolve("lock");
    Files.writeString(left, "123456789");

    take(file).close();

    assertThat(left).hasContent(Long.toString(ProcessHandle.current().pid()));
  }

  @Test
  void saysWhyItCannotLock() throws Exception {
    Path file = Files.createFile(folder.resolve("p.yaml"));
    Path inTheWay = Files.createFile(SavedCheckpoints.folder(file));

    assertThatThrownBy(() -> take(file))
        .isInstanceOf(IOException.class)
        .hasMessage("Cannot lock %s with %s/lock: %2$s is a file.", file, inTheWay);
  }

  private PipelineLock take(Path file) throws IOException {
    return PipelineLock.take(file, SavedCheckpoints.folder(file), warnings::add);
  }

  private Path link(String name, Path target) throws IOException {
    return Files.createSymbolicLink(
        Files.createDirectory(folder.resolve(name)).resolve("p.yaml"), target);
  }
}
