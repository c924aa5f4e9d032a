package dev.streambed.jobs.options.yaml;

import java.util.Optional;
import org.apache.flink.annotation.Internal;
import org.snakeyaml.engine.v2.exceptions.Mark;

/**
 * Where something stands in a pipeline file.
 *
 * @param line from 1; 0 if it is not known
 * @param column from 1
 */
@Internal
public record Place(String file, int line, int column) {

  static Place of(String file, Optional<Mark> mark) {
    return mark.map(at -> new Place(file, at.getLine() + 1, at.getColumn() + 1))
        .orElse(new Place(file, 0, 0));
  }

  /** The place of a character of a text. */
  static Place of(String file, String text, int index) {
    String before = text.substring(0, Math.min(index, text.length()));
    int lineStart = before.lastIndexOf('\n') + 1;
    int line = 1 + (int) before.chars().filter(character -> character == '\n').count();
    return new Place(file, line, before.length() - lineStart + 1);
  }

  InvalidYamlException error(String message) {
    return new InvalidYamlException(this + ": " + message);
  }

  @Override
  public String toString() {
    return line == 0 ? file : "%s, line %d, column %d".formatted(file, line, column);
  }
}
