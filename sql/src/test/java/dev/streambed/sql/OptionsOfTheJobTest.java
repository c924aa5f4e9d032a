package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.KnownOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Options that the job has, too, are the same in SQL: names, types, defaults, ranges, messages. */
class OptionsOfTheJobTest {
  /** The job's keys. */
  private static final Map<String, String> KEYS =
      Map.ofEntries(
          Map.entry("model-directory", "streambed.model.directory"),
          Map.entry("prompt", "streambed.model.prompt"),
          Map.entry("dimensions", "streambed.model.dimensions"),
          Map.entry("max-characters", "streambed.model.max-characters"),
          Map.entry("intra-op-threads", "streambed.model.intra-op-threads"),
          Map.entry("device", "streambed.model.device"),
          Map.entry("session-sharing", "streambed.session.sharing"),
          Map.entry("max-records", "streambed.batch.max-records"),
          Map.entry("max-tokens", "streambed.batch.max-tokens"),
          Map.entry("workers", "streambed.batch.workers"),
          Map.entry("calibration-limit", "streambed.batch.calibration-limit"),
          Map.entry("cache-size", "streambed.batch.cache-size"),
          Map.entry("max-in-flight-size", "streambed.batch.max-in-flight-size"));

  private static final Set<String> OF_SQL =
      Set.of("encoding", "on-error", "truncation", "on-unfilled-batches");

  private static final List<String> BAD_VALUES =
      List.of("-1", "many", "4,4", "4,x", "99999999", "-1 kb", "2 min", "cuda:x", "slots");

  private static final Map<String, String> PIPELINE =
      Map.of(
          "streambed.source.bootstrap-servers", "localhost:9092",
          "streambed.source.topic", "texts",
          "streambed.sink.topic", "embeddings",
          "streambed.sink.dead-letter-topic", "dead-letters",
          "streambed.model.directory", "/models/minilm");

  private static ConfigOption<?> ofJob(String key) {
    return JobOptions.all().stream()
        .filter(option -> option.key().equals(key))
        .findAny()
        .orElseThrow();
  }

  @Test
  void eachIsTheJobsOrOfSqlAlone() {
    Set<String> known = new TreeSet<>(KEYS.keySet());
    known.addAll(OF_SQL);

    assertThat(ModelKeys.names()).containsExactlyInAnyOrderElementsOf(known);
  }

  @Test
  void defaultsAreTheJobs() {
    for (ConfigOption<?> option : ModelKeys.optional()) {
      String key = KEYS.get(option.key());
      if (key != null) {
        assertThat(option.defaultValue()).as(option.key()).isEqualTo(ofJob(key).defaultValue());
      }
    }
  }

  @Test
  void refusalsAreTheJobsInItsWords() {
    int refused = 0;
    for (Map.Entry<String, String> key : KEYS.entrySet()) {
      for (String value : BAD_VALUES) {
        String job = messageOfJob(key.getValue(), value);
        String sql = messageOfSql(key.getKey(), value);

        assertThat(sql)
            .as("%s = %s", key.getKey(), value)
            .isEqualTo(job.replace(key.getValue(), key.getKey()));
        refused += sql.isEmpty() ? 0 : 1;
      }
    }
    assertThat(refused).isGreaterThan(30);
  }

  private static String messageOfJob(String key, String value) {
    Map<String, String> file = new HashMap<>(PIPELINE);
    file.put(key, value);
    return message(
        catchThrowable(
            () -> {
              Configuration configuration = Configuration.fromMap(file);
              KnownOptions.check(configuration);
              EmbedTopicOptions.from(configuration);
            }));
  }

  private static String messageOfSql(String key, String value) {
    ModelValues values =
        ModelValues.of(Map.of("model-directory", "/models/minilm"), Map.of(key, value), Set.of());
    return message(
        catchThrowable(
            () -> {
              assertThat(values.modelDirectory()).isNotEmpty();
              values.embedder();
              values.batching();
              assertThat(values.value(ModelKeys.SESSION_SHARING)).isNotNull();
            }));
  }

  private static String message(@Nullable Throwable failure) {
    return failure == null ? "" : String.valueOf(failure.getMessage());
  }
}
