package dev.streambed.cli.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.cli.terminal.CommandFailedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Reads a file of labelled texts line by line. Messages name the line, and quote nothing of it. */
final class LabelledFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String COMPRESSED = ".gz";

  private final Path path;
  private int number;

  private LabelledFile(Path path) {
    this.path = path;
  }

  /** Takes one line. */
  interface Line {
    void take(String text, LabelledFile file) throws InterruptedException;
  }

  /** Takes the object of one line. */
  interface JsonLine {
    void take(JsonNode object, LabelledFile file) throws InterruptedException;
  }

  /** The file, or the same compressed by gzip; null if there is neither. */
  static @Nullable Path find(Path folder, String name) {
    Path plain = folder.resolve(name);
    Path compressed = folder.resolve(name + COMPRESSED);
    return Files.exists(plain) ? plain : Files.exists(compressed) ? compressed : null;
  }

  /**
   * Reads the lines that are not empty.
   *
   * @throws CommandFailedException if the file cannot be read
   */
  static void readLines(Path path, Line line) throws InterruptedException {
    var file = new LabelledFile(path);
    try (InputStream in = Files.newInputStream(path);
        InputStream plain = path.toString().endsWith(COMPRESSED) ? new GZIPInputStream(in) : in;
        var reader =
            new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder()))) {
      for (String text = reader.readLine(); text != null; text = reader.readLine()) {
        file.number++;
        if (!text.isBlank()) {
          line.take(text, file);
        }
      }
    } catch (CharacterCodingException e) {
      throw new CommandFailedException("%s is not in UTF-8.".formatted(path), e);
    } catch (IOException e) {
      throw new CommandFailedException("Cannot read %s: %s".formatted(path, e), e);
    }
  }

  /** Reads lines of which each is a JSON object. */
  static void readJson(Path path, JsonLine line) throws InterruptedException {
    readLines(path, (text, file) -> line.take(file.object(text), file));
  }

  private JsonNode object(String text) {
    try {
      JsonNode node = JSON.readTree(text);
      if (node.isObject()) {
        return node;
      }
    } catch (JsonProcessingException e) {
      // As below: its message quotes the line.
    }
    throw failure("it is no JSON object");
  }

  /** A field that must be a string. */
  String text(JsonNode object, String field) {
    JsonNode value = object.path(field);
    if (!value.isTextual()) {
      throw failure("it has no text '%s'".formatted(field));
    }
    return value.textValue();
  }

  /** A number as people write it. */
  double number(String text, String what) {
    try {
      double number = Double.parseDouble(text.strip());
      if (Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // As below.
    }
    throw failure("its %s is no number".formatted(what));
  }

  CommandFailedException failure(String why) {
    return new CommandFailedException("%s, line %d: %s.".formatted(path, number, why));
  }

  int number() {
    return number;
  }
}
