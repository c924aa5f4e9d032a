package dev.streambed.jobs.options;

import dev.streambed.jobs.options.flink.FlinkOptions;
import dev.streambed.jobs.options.yaml.InvalidYamlException;
import dev.streambed.jobs.options.yaml.PipelineYaml;
import dev.streambed.jobs.options.yaml.Place;
import dev.streambed.operator.LocatedModel;
import dev.streambed.schemas.Utf8;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline file: YAML whose nested keys, joined with dots, are options of {@link JobOptions} or
 * of Flink. So {@code streambed: {source: {topic: texts}}} and {@code streambed.source.topic:
 * texts} say the same. Values may have references (docs/decisions/0087).
 */
@PublicEvolving
public final class PipelineFile {
  /** Options that are paths: a relative one starts where the pipeline file is. */
  private static final List<ConfigOption<String>> PATHS =
      List.of(JobOptions.MODEL_DIRECTORY, BatchKeys.CALIBRATION_DIRECTORY, MappingKeys.SCHEMA_FILE);

  private static final int MEGABYTE = 1 << 20;

  /** The limit of the YAML parser, which counts characters. */
  private static final int MOST_BYTES = 3 * MEGABYTE;

  private PipelineFile() {}

  /**
   * Reads a pipeline file.
   *
   * @throws InvalidPipelineException with file, line and column, if it cannot be read, is no YAML
   *     mapping, or has a key twice, a key that nobody knows, a value of the wrong type or out of
   *     its range, or a secret
   */
  public static Configuration read(Path file) {
    Map<String, Place> places = new HashMap<>();
    Set<String> referring = new HashSet<>();
    Configuration configuration = parse(text(file), file.toString(), places, referring);
    for (ConfigOption<String> option : PATHS) {
      configuration
          .getOptional(option)
          .ifPresent(path -> configuration.set(option, resolve(file, option, path, places)));
    }
    checkRanges(configuration, places, referring);
    return configuration;
  }

  private static String text(Path file) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    } catch (IOException e) {
      throw new InvalidPipelineException(
          "Cannot read pipeline file %s: %s.".formatted(file, reason(e)), e);
    }
    if (bytes.length > MOST_BYTES) {
      throw new InvalidPipelineException(
          "Cannot read pipeline file %s: it has more than %d MB."
              .formatted(file, MOST_BYTES / MEGABYTE));
    }
    String text = Utf8.decodeOrNull(bytes);
    if (text == null) {
      throw new InvalidPipelineException(
          "Cannot read pipeline file %s: it is not UTF-8 at byte %d, in line %d."
              .formatted(file, Utf8.firstInvalid(bytes), lineOf(Utf8.firstInvalid(bytes), bytes)));
    }
    return Utf8.withoutByteOrderMark(text);
  }

  private static String reason(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "it is not there";
    }
    return failure instanceof AccessDeniedException
        ? "permission denied"
        : String.valueOf(failure.getMessage());
  }

  private static int lineOf(int index, byte[] bytes) {
    int line = 1;
    for (int i = 0; i < index; i++) {
      line += bytes[i] == '\n' ? 1 : 0;
    }
    return line;
  }

  private static String resolve(
      Path file, ConfigOption<String> option, String path, Map<String, Place> places) {
    if (option.equals(JobOptions.MODEL_DIRECTORY) && LocatedModel.isUri(path)) {
      return path;
    }
    try {
      return file.toAbsolutePath().resolveSibling(path).toString();
    } catch (InvalidPathException e) {
      throw placed(
          places.get(option.key()),
          new InvalidPipelineException(
              "Invalid value for option %s: no path: %s.".formatted(option.key(), e.getReason())));
    }
  }

  /** Parses the text of a pipeline file; {@code name} is for messages. */
  static Configuration parse(String yaml, String name) {
    return parse(yaml, name, new HashMap<>(), new HashSet<>());
  }

  /**
   * Parses a text.
   *
   * @param places gets the places of the keys
   * @param referring gets the keys of values with references, which no message may quote
   */
  private static Configuration parse(
      String yaml, String name, Map<String, Place> places, Set<String> referring) {
    Map<String, String> options = new LinkedHashMap<>();
    for (PipelineYaml.Option option : readYaml(yaml, name)) {
      places.put(option.key(), option.place());
      try {
        options.put(option.key(), value(option, referring));
      } catch (InvalidPipelineException e) {
        throw placed(option.place(), e);
      }
    }
    Configuration configuration = Configuration.fromMap(options);
    for (String key : options.keySet()) {
      checkSpelledOnce(key, places);
      try {
        KnownOptions.checkType(configuration, key);
      } catch (InvalidPipelineException e) {
        throw placed(places.get(key), referring.contains(key) ? unquoted(key) : e);
      }
    }
    return configuration;
  }

  private static List<PipelineYaml.Option> readYaml(String yaml, String name) {
    try {
      return PipelineYaml.read(yaml, name);
    } catch (InvalidYamlException e) {
      throw new InvalidPipelineException(String.valueOf(e.getMessage()));
    }
  }

  private static String value(PipelineYaml.Option option, Set<String> referring) {
    String key = option.key();
    KnownOptions.checkKey(key);
    String written = OptionValue.text(key, option.value(), UnaryOperator.identity());
    Secrets.check(key, written);
    try {
      if (KnownOptions.isKafkaProperty(key) || (KnownOptions.isOwn(key) && Secrets.isSecret(key))) {
        References.checkForm(written);
        return written; // the clients resolve it where they run
      }
      if (!References.providersIn(written).isEmpty()) {
        referring.add(key);
      }
      return OptionValue.text(key, option.value(), References::resolve);
    } catch (InvalidPipelineException e) {
      throw new InvalidPipelineException(
          "Invalid value for option %s: %s".formatted(key, e.getMessage()));
    }
  }

  /** Flink would read one of the two and ignore the other. */
  private static void checkSpelledOnce(String key, Map<String, Place> places) {
    for (ConfigOption<?> option : FlinkOptions.renamedFrom(key)) {
      List<String> names = new ArrayList<>(FlinkOptions.olderKeys(option));
      names.add(option.key());
      names.remove(key);
      for (String other : names) {
        if (places.containsKey(other)) {
          throw placed(
              places.get(key),
              new InvalidPipelineException(
                  "Option %s is an older name of %s, which is there as well, as %s at %s. Keep one of them."
                      .formatted(key, option.key(), other, places.get(other))));
        }
      }
    }
  }

  /** Says where a value stands that is out of its range; whoever starts the job finds the rest. */
  private static void checkRanges(
      Configuration configuration, Map<String, Place> places, Set<String> referring) {
    try {
      var unused = EmbedTopicOptions.from(configuration);
    } catch (InvalidPipelineException e) {
      String key = e.option() == null ? null : keyOf(e.option(), places);
      if (key != null) {
        throw placed(places.get(key), referring.contains(key) ? unquoted(key) : e);
      }
    }
  }

  /** The key of an option, or that of an entry of one that is a map; null if neither is there. */
  private static @Nullable String keyOf(String option, Map<String, Place> places) {
    return places.containsKey(option)
        ? option
        : places.keySet().stream()
            .filter(key -> key.startsWith(option + "."))
            .sorted()
            .findFirst()
            .orElse(null);
  }

  /**
   * A failure with the place of its option, if it names one that is in the file.
   *
   * @param failure of whoever uses the options that {@link #read} gave
   */
  public static InvalidPipelineException placed(Path file, InvalidPipelineException failure) {
    String option = failure.option();
    if (option == null) {
      return failure;
    }
    Map<String, Place> places = new HashMap<>();
    Set<String> referring = new HashSet<>();
    var unused = parse(text(file), file.toString(), places, referring);
    String key = keyOf(option, places);
    return key == null || referring.contains(key) ? failure : placed(places.get(key), failure);
  }

  private static InvalidPipelineException unquoted(String key) {
    return new InvalidPipelineException(
        "Invalid value for option %s: the option cannot be what its reference refers to."
            .formatted(key));
  }

  private static InvalidPipelineException placed(
      @Nullable Place place, InvalidPipelineException failure) {
    return place == null
        ? failure
        : new InvalidPipelineException(place + ": " + failure.getMessage(), failure.getCause());
  }
}
