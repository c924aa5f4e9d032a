package dev.streambed.cli.search;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.query.VectorIndex;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.json.JsonTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What {@code streambed embed} has written to a file: one JSON object per line. */
final class SearchedFile {
  private static final int MOST_PROBLEMS = 3;

  private final Path file;
  private final VectorIndex<SearchedText> index = new VectorIndex<>();
  private final List<String> problems = new ArrayList<>();
  private final AtomicLong line = new AtomicLong();
  private int dimensions;
  private long bad;

  SearchedFile(Path file) {
    this.file = file;
  }

  /**
   * Reads the file.
   *
   * @throws CommandFailedException if it cannot be read, or has no embeddings
   */
  SearchedVectors read() {
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      Progress.during(
          () -> {
            for (String each = in.readLine(); each != null; each = in.readLine()) {
              line.incrementAndGet();
              read(each);
            }
            return file;
          },
          System.err,
          () -> "read %,d lines of %s".formatted(line.get(), file));
    } catch (CharacterCodingException e) {
      throw new CommandFailedException(
          "Cannot read %s: line %d is not valid UTF-8.".formatted(file, line.get() + 1), e);
    } catch (IOException e) {
      throw new CommandFailedException("Cannot read %s: %s".formatted(file, e), e);
    }
    if (index.size() == 0) {
      throw new CommandFailedException(
          "%s has no embeddings. 'streambed embed TEXTS > FILE' writes some.".formatted(file));
    }
    return new SearchedVectors(dimensions, index, problems, bad);
  }

  private void read(String text) {
    float @Nullable [] vector = null;
    JsonNode object = null;
    try {
      object = JsonTree.decode(text.getBytes(StandardCharsets.UTF_8), "line");
      vector = vector(object.path("embedding"));
    } catch (MalformedRecordException e) {
      // counted below
    }
    boolean isAlike = dimensions == 0 || vector == null || vector.length == dimensions;
    if (object == null || vector == null || !isAlike) {
      if (++bad <= MOST_PROBLEMS) {
        problems.add(
            "Line %d is no embedding%s."
                .formatted(
                    line.get(),
                    isAlike ? "" : " with %d dimensions, as those before".formatted(dimensions)));
      }
      return;
    }
    dimensions = vector.length;
    JsonNode its = object.path("text");
    index.add(
        vector,
        new SearchedText(
            /* key= */ null,
            /* label= */ null,
            "line " + line.get(),
            its.isTextual() ? its.asText() : null,
            /* topic= */ null,
            /* partition= */ 0,
            line.get(),
            Map.of()));
  }

  private static float @Nullable [] vector(JsonNode array) {
    if (!array.isArray() || array.isEmpty()) {
      return null;
    }
    float[] vector = new float[array.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = array.get(i).isNumber() ? array.get(i).floatValue() : Float.NaN;
      if (!Float.isFinite(vector[i])) {
        return null;
      }
    }
    return vector;
  }
}
