package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.format.TextFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each option of the source and the registry, alone and with each other, in each combination of
 * formats: it changes what the job reads, or is refused by name. None is ignored.
 */
class UnusedOptionsTest {
  private static final String PREFIX = "streambed.source.";

  /** A value of each option that is not its default. */
  private static final Map<String, String> SAMPLES =
      Map.ofEntries(
          Map.entry(PREFIX + "bootstrap-servers", "other:1"),
          Map.entry(PREFIX + "topic", "others"),
          Map.entry(PREFIX + "topics", "a,b"),
          Map.entry(PREFIX + "topic-pattern", "t.*"),
          Map.entry(PREFIX + "format", ""), // each of them is tried
          Map.entry(PREFIX + "key-format", ""), // likewise
          Map.entry(PREFIX + "schema-file", "AVSC or BINPB"),
          Map.entry(PREFIX + "message", "Other"),
          Map.entry(PREFIX + "key-message", "Other"),
          Map.entry(PREFIX + "envelope", "debezium"),
          Map.entry(PREFIX + "text", "{/title}"),
          Map.entry(PREFIX + "key", "{/id}"),
          Map.entry(PREFIX + "metadata", "/price"),
          Map.entry(PREFIX + "event-time", "/updated"),
          Map.entry(PREFIX + "prompt", "/role"),
          Map.entry(PREFIX + "control-characters", "drop"),
          Map.entry(PREFIX + "group-id", "group"),
          Map.entry(PREFIX + "isolation-level", "read_uncommitted"),
          Map.entry(PREFIX + "bounded", "true"),
          Map.entry(PREFIX + "require-key", "true"),
          Map.entry(PREFIX + "on-lost-offsets", "continue"),
          Map.entry(PREFIX + "kafka", "partition.discovery.interval.ms:2000"),
          Map.entry("streambed.registry.url", "https://registry.example.org"),
          Map.entry("streambed.registry.username", "ali"),
          Map.entry("streambed.registry.password", "${env:PATH}"),
          Map.entry("streambed.registry.bearer-token", "${env:PATH}"),
          Map.entry("streambed.registry.ssl.truststore.location", "/ca.pem"),
          Map.entry("streambed.registry.ssl.truststore.password", "${env:PATH}"));

  /**
   * The parts that the samples take from a record; with a string after, as MongoDB's events have
   * it.
   */
  private static final List<String> FIELDS =
      List.of("text", "title", "id", "price", "updated", "role", "op", "after");

  @TempDir private static Path directory;
  private static Path avro;
  private static Path descriptors;

  @BeforeAll
  static void writeSchemas() throws IOException {
    avro = SchemaFiles.avro(directory.resolve("a.avsc"), FIELDS);
    descriptors =
        SchemaFiles.descriptors(directory.resolve("a.binpb"), List.of("All", "Other"), FIELDS);
  }

  @Test
  void knowsAValueOfEachOption() {
    assertThat(SAMPLES.keySet()).containsExactlyInAnyOrderElementsOf(declared());
  }

  private static List<String> declared() {
    return JobOptions.all().stream()
        .map(ConfigOption::key)
        .filter(key -> key.startsWith(PREFIX) || key.startsWith("streambed.registry."))
        .toList();
  }

  static Stream<Arguments> formats() {
    return Arrays.stream(TextFormat.values())
        .flatMap(
            format -> Arrays.stream(KeyFormat.values()).map(keys -> Arguments.of(format, keys)));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void changesWhatIsReadOrIsRefusedByName(TextFormat format, KeyFormat keyFormat) {
    int accepted = 0;
    for (boolean withRegistry : new boolean[] {false, true}) {
      Map<String, String> base = smallest(format, keyFormat, withRegistry);
      String plain = Outcome.of(base).read();
      if (plain == null) {
        continue; // the formats do not go together, or ask no registry
      }
      accepted++;
      List<String> keys = declared().stream().filter(key -> !sample(key).isEmpty()).toList();
      Map<String, Outcome> alone = new LinkedHashMap<>();
      keys.forEach(key -> alone.put(key, check(base, plain, List.of(key), format)));
      for (String one : keys) {
        for (String other : keys.subList(0, keys.indexOf(one))) {
          Outcome both = check(base, plain, List.of(other, one), format);
          if (both.read() != null) { // an option that does nothing beside another is ignored there
            assertThat(List.of(one, other))
                .allSatisfy(key -> assertThat(both).isNotEqualTo(alone.get(key)));
          }
        }
      }
    }
    boolean goTogether = keyFormat != KeyFormat.PROTOBUF || format == TextFormat.PROTOBUF;
    boolean mayHaveARegistry = format == TextFormat.AVRO && keyFormat != KeyFormat.AVRO;
    assertThat(accepted).isEqualTo(!goTogether ? 0 : mayHaveARegistry ? 2 : 1);
  }

  private static Outcome check(
      Map<String, String> base, String plain, List<String> added, TextFormat format) {
    Map<String, String> options = new LinkedHashMap<>(base);
    for (String key : added) {
      String sample = key.endsWith("schema-file") ? schemaFile(format) : sample(key);
      if (sample.equals(base.get(key))) {
        return new Outcome(/* read= */ null, ""); // it is there already
      }
      options.put(key, sample);
    }
    Outcome outcome = Outcome.of(options);
    if (outcome.read() == null) {
      assertThat(added.stream().anyMatch(key -> outcome.names(key)))
          .as("%s: %s", added, outcome.refusal())
          .isTrue();
    } else {
      assertThat(outcome.read()).as("%s", added).isNotEqualTo(plain);
    }
    return outcome;
  }

  private static Map<String, String> smallest(
      TextFormat format, KeyFormat keyFormat, boolean withRegistry) {
    List<String> more =
        new ArrayList<>(
            List.of(
                PREFIX + "format", format.toString(), PREFIX + "key-format", keyFormat.toString()));
    if (withRegistry) {
      more.addAll(List.of("streambed.registry.url", "https://registry.example.org"));
    }
    if (format == TextFormat.PROTOBUF || (format == TextFormat.AVRO && !withRegistry)) {
      more.addAll(List.of(PREFIX + "schema-file", schemaFile(format)));
    }
    if (format == TextFormat.PROTOBUF) {
      more.addAll(List.of(PREFIX + "message", "All"));
    }
    if (keyFormat == KeyFormat.PROTOBUF) {
      more.addAll(List.of(PREFIX + "key-message", "All"));
    }
    return Options.with(more.toArray(String[]::new)).toMap();
  }

  private static String sample(String key) {
    return Objects.requireNonNull(SAMPLES.get(key), key);
  }

  private static String schemaFile(TextFormat format) {
    return (format == TextFormat.AVRO ? avro : descriptors).toString();
  }

  /**
   * The result of setting some options.
   *
   * @param read the bytes of what the job reads, which a mapping has no equals for; null if refused
   */
  private record Outcome(@Nullable String read, String refusal) {
    static Outcome of(Map<String, String> options) {
      try {
        SourceOptions source = SourceOptions.from(Configuration.fromMap(options));
        return new Outcome(HexFormat.of().formatHex(InstantiationUtil.serializeObject(source)), "");
      } catch (InvalidPipelineException e) {
        return new Outcome(/* read= */ null, String.valueOf(e.getMessage()));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    /** By the whole key, or by its end beside the keys of others of its section. */
    boolean names(String key) {
      return refusal.matches(
          "(?s).*(\\Q%s\\E|\\b%s\\b).*".formatted(key, key.substring(key.lastIndexOf('.') + 1)));
    }
  }
}
