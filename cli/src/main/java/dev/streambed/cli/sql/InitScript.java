package dev.streambed.cli.sql;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The statements that a session begins with: init.sql, with addresses of its own. */
final class InitScript {
  private static final String RESOURCE = "init.sql";
  private static final String BROKER = "localhost:9092";
  private static final String MODEL = "/models/minilm";

  private InitScript() {}

  static String of(String bootstrapServers, Path model) throws IOException {
    try (InputStream resource = InitScript.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IOException("Resource " + RESOURCE + " is missing in the class path.");
      }
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8)
          .replace(BROKER, bootstrapServers)
          .replace(MODEL, model.toString().replace("'", "''"));
    }
  }
}
