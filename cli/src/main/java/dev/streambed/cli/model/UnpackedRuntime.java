package dev.streambed.cli.model;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.annotation.Internal;

/**
 * The files that ONNX Runtime has unpacked for this process. At the end it tries to delete their
 * folder before it deletes them, so that each command would leave an empty folder behind.
 */
@Internal
public final class UnpackedRuntime {
  private static final String OWNER = "ai.onnxruntime.OnnxRuntime";
  private static final String FOLDER = "tempDirectory";

  private UnpackedRuntime() {}

  /** Deletes them when this process ends, but for a kill. */
  public static void deleteAtExit() {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(UnpackedRuntime::delete, "delete-unpacked-runtime"));
  }

  private static void delete() {
    try {
      Field field = Class.forName(OWNER).getDeclaredField(FOLDER);
      field.setAccessible(true);
      if (field.get(null) instanceof Path folder) {
        for (Path file : filesIn(folder)) {
          Files.deleteIfExists(file);
        }
        Files.deleteIfExists(folder);
      }
    } catch (ReflectiveOperationException | IOException | RuntimeException | LinkageError e) {
      // Another version, or a system that keeps files in use: what is left is the runtime's affair.
    }
  }

  private static List<Path> filesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
