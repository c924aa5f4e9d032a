package dev.streambed.importer;

import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.file.Path;
import org.apiguardian.api.API;

/** Reports that Java's heap is too small for a model, and how to make it larger. */
@API(status = API.Status.INTERNAL)
public final class JavaHeap {
  private static final int BYTES_PER_MEGABYTE = 1 << 20;
  private static final int REST_BYTES = 256 * BYTES_PER_MEGABYTE; // of an import's needs

  private JavaHeap() {}

  /** Work that may need much heap. */
  public interface Work {
    void run() throws IOException;
  }

  /**
   * Does the work, or reports that the heap is too small for it.
   *
   * @param file the file that must fit into memory
   * @throws InvalidModelException if the heap is too small
   */
  public static void use(Path file, Work work) throws IOException {
    try {
      work.run();
    } catch (OutOfMemoryError e) {
      throw new InvalidModelException(explain(file, Runtime.getRuntime().maxMemory()), e);
    }
  }

  private static String explain(Path file, long heapBytes) {
    long needed = 3 * file.toFile().length() + REST_BYTES;
    return "Java's heap of %d MB is too small to import %s (%d MB). Give it more with -Xmx%dm: for ./streambed in STREAMBED_JAVA_OPTS."
        .formatted(
            heapBytes / BYTES_PER_MEGABYTE,
            file,
            file.toFile().length() / BYTES_PER_MEGABYTE,
            Math.max(needed, 2 * heapBytes) / BYTES_PER_MEGABYTE);
  }
}
