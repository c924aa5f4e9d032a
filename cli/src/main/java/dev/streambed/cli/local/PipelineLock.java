package dev.streambed.cli.local;

import dev.streambed.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Lets one process at a time run a pipeline file on this machine: two of them would abort each
 * other's transactions and delete each other's checkpoints. A link and the file that it leads to
 * are one pipeline file. The operating system frees the lock when the process ends, even if it is
 * killed. Confined to one thread.
 */
@Internal
public final class PipelineLock implements AutoCloseable {
  /**
   * The locked byte. It lies behind the content, because some systems do not let others read a
   * locked byte.
   */
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

  private static final int LONGEST_PID = 20;

  /** One beside the given name and, if that is a link, one beside the file. */
  private final List<FileChannel> channels = new ArrayList<>();

  private PipelineLock() {}

  /**
   * Takes the lock of a pipeline file.
   *
   * @param folder beside the pipeline file, with what belongs to it; made if it is not there
   * @param warnings takes the reason if the file that a link leads to cannot be locked; links into
   *     read-only folders stay usable
   * @throws CommandFailedException if another process has it; names that process
   * @throws IOException if there can be no lock, with the reason
   */
  public static PipelineLock take(Path pipelineFile, Path folder, Consumer<String> warnings)
      throws IOException {
    var lock = new PipelineLock();
    try {
      lock.add(pipelineFile, folder);
      Path realFolder = SavedCheckpoints.folder(pipelineFile.toRealPath());
      // The folder may be a link, too: a process cannot lock a file twice.
      if (!isSame(folder, realFolder)) {
        lock.addOrWarn(pipelineFile, realFolder, warnings);
      }
      return lock;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static boolean isSame(Path folder, Path other) throws IOException {
    return Files.exists(other) && Files.isSameFile(folder, other);
  }

  private void addOrWarn(Path pipelineFile, Path folder, Consumer<String> warnings) {
    try {
      add(pipelineFile, folder);
    } catch (IOException e) {
      warnings.accept(String.valueOf(e.getMessage()));
    }
  }

  private void add(Path pipelineFile, Path folder) throws IOException {
    Path file = folder.resolve("lock");
    FileChannel channel = null;
    try {
      Files.createDirectories(folder);
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (lock(channel) == null) {
        String pid = read(channel);
        channel.close();
        throw new CommandFailedException(
            "%s runs already, in process %s on this machine. Two runs of a file would undo each other's work: stop that one first, or give this one a file, topics and names of its own."
                .formatted(pipelineFile, pid));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
          0);
      channels.add(channel);
    } catch (IOException e) {
      closeAfter(e, channel);
      throw new IOException(
          "Cannot lock %s with %s: %s.".formatted(pipelineFile, file, FlinkFolder.reason(e)), e);
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock(LOCKED_BYTE, 1, /* shared= */ false);
    } catch (OverlappingFileLockException e) {
      return null; // this process has it
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(LONGEST_PID);
    channel.read(content, 0);
    return new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII).strip();
  }

  private static void closeAfter(IOException failure, @Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    try {
      for (FileChannel channel : channels) {
        channel.close();
      }
    } catch (IOException e) {
      throw new IllegalStateException("Cannot unlock a pipeline file.", e);
    }
  }
}
