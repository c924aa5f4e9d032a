package dev.streambed.jobs.options;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;

/**
 * A pipeline file: YAML whose nested keys, joined with dots, are options of {@link JobOptions} or
 * of Flink. So {@code streambed: {source: {topic: texts}}} and {@code streambed.source.topic:
 * texts} say the same.
 */
public final class PipelineFile {

  private static final YAMLFactory YAML =
      YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private PipelineFile() {}

  /**
   * Reads a pipeline file.
   *
   * @throws InvalidPipelineException if it cannot be read, is no YAML mapping, or has a key twice,
   *     a key that nobody knows, or a value of the wrong type
   */
  public static Configuration read(Path file) {
    String yaml;
    try {
      yaml = Files.readString(file);
    } catch (IOException e) {
      throw new InvalidPipelineException("Cannot read pipeline file %s: %s".formatted(file, e), e);
    }
    return parse(yaml, file.toString());
  }

  /** Parses the text of a pipeline file; {@code name} is for messages. */
  static Configuration parse(String yaml, String name) {
    Map<String, String> options = new LinkedHashMap<>();
    try (JsonParser parser = YAML.createParser(yaml)) {
      JsonToken first = parser.nextToken();
      if (first == JsonToken.START_OBJECT) {
        readMapping(parser, "", options);
      }
      if (first != null && (first != JsonToken.START_OBJECT || parser.nextToken() != null)) {
        throw new InvalidPipelineException("it must be one mapping of options to values");
      }
    } catch (JsonProcessingException e) {
      // Not with Jackson's message or cause, which quote the file and so perhaps a password.
      String place = e.getLocation() == null ? "" : " near line " + e.getLocation().getLineNr();
      throw new InvalidPipelineException(
          "Cannot read pipeline file %s: not valid YAML, or a key twice,%s."
              .formatted(name, place));
    } catch (IOException e) {
      throw new InvalidPipelineException("Cannot read pipeline file " + name + ".", e);
    } catch (InvalidPipelineException e) {
      throw new InvalidPipelineException(
          "Cannot read pipeline file %s: %s.".formatted(name, e.getMessage()), e);
    }
    Configuration configuration = Configuration.fromMap(options);
    KnownOptions.check(configuration);
    return configuration;
  }

  /** Reads the mapping whose start is the current token. */
  private static void readMapping(JsonParser parser, String prefix, Map<String, String> options)
      throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = prefix + parser.currentName();
      JsonToken value = parser.nextToken();
      if (value == JsonToken.START_OBJECT) {
        readMapping(parser, key + ".", options);
      } else if (options.putIfAbsent(key, readValue(parser, key)) != null) {
        throw new InvalidPipelineException("option " + key + " is there twice");
      }
    }
  }

  /** A scalar as it is written in the file, or a list as Flink writes lists. */
  private static String readValue(JsonParser parser, String key) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      return readScalar(parser, key);
    }
    List<String> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add("'" + readScalar(parser, key).replace("'", "''") + "'");
    }
    return "[" + String.join(", ", items) + "]";
  }

  private static String readScalar(JsonParser parser, String key) throws IOException {
    JsonToken token = parser.currentToken();
    // Some properties of Kafka's clients are switched off by an empty value.
    boolean isEmpty = parser.getText().isEmpty() && !KnownOptions.isKafkaProperty(key);
    if (isEmpty || token == JsonToken.VALUE_NULL || !token.isScalarValue()) {
      throw new InvalidPipelineException("option " + key + " has no value, or none that is simple");
    }
    return parser.getText();
  }
}
