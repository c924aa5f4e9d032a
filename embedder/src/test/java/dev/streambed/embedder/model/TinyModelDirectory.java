package dev.streambed.embedder.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The tiny model of the test resources (hidden size 8, dimensions 4 to 8, at most 16 tokens,
 * prompts query and passage), unpacked for tests of this and other modules.
 */
public final class TinyModelDirectory {
  private static final Path UNPACKED = unpack();

  private TinyModelDirectory() {}

  public static Path path() {
    return UNPACKED;
  }

  private static Path unpack() {
    try {
      Path directory = Files.createTempDirectory("tiny-model");
      directory.toFile().deleteOnExit();
      for (String name :
          List.of(
              ModelDescription.FILE_NAME,
              ModelDirectory.GRAPH_FILE,
              ModelDirectory.TOKENIZER_FILE)) {
        Path file = directory.resolve(name);
        file.toFile().deleteOnExit();
        try (InputStream in = TinyModelDirectory.class.getResourceAsStream("/tiny-model/" + name)) {
          if (in == null) {
            throw new IllegalStateException(
                "The test resource tiny-model/%s is missing.".formatted(name));
          }
          Files.copy(in, file);
        }
      }
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot unpack the tiny model.", e);
    }
  }
}
