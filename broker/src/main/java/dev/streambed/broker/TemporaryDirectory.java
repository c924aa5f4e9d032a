package dev.streambed.broker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * A directory that is gone after {@link #close}. Once closed it is not created any more, so that an
 * interrupt in the middle of a start-up leaves nothing behind. Safe for use by several threads.
 */
@API(status = API.Status.INTERNAL)
public final class TemporaryDirectory implements AutoCloseable {
  /** Files may still appear while their writers end; then the deletion is tried again. */
  private static final int DELETE_ATTEMPTS = 50;

  private static final long MILLIS_BETWEEN_ATTEMPTS = 20;

  private final Path path;

  @GuardedBy("this")
  private boolean closed;

  public TemporaryDirectory(String prefix) {
    this.path = Path.of(System.getProperty("java.io.tmpdir"), prefix + UUID.randomUUID());
  }

  /** The path, whether or not the directory exists yet. */
  public Path path() {
    return path;
  }

  public synchronized void create() throws IOException {
    if (closed) {
      throw new IOException("Cannot create " + path + ": already closed.");
    }
    Files.createDirectory(path);
  }

  @Override
  public synchronized void close() {
    closed = true;
    try {
      for (int attempt = 1; !deleteTree(attempt == DELETE_ATTEMPTS); attempt++) {
        Thread.sleep(MILLIS_BETWEEN_ATTEMPTS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot delete temporary directory " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether everything is gone. A failed last attempt throws. */
  private boolean deleteTree(boolean last) throws IOException {
    if (!Files.exists(path)) {
      return true;
    }
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
      return true;
    } catch (IOException | UncheckedIOException e) {
      if (last) {
        throw e;
      }
      return false;
    }
  }
}
