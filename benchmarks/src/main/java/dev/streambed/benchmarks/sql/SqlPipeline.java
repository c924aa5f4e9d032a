package dev.streambed.benchmarks.sql;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.benchmarks.pipeline.PipelineRun;
import dev.streambed.benchmarks.pipeline.PipelineTopics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.config.ExecutionConfigOptions;

/**
 * From a Kafka table through {@code ML_PREDICT} into a Kafka table, exactly once: the statements of
 * a user.
 *
 * @param model options of {@code CREATE MODEL}
 * @param operations most rows in flight; 0 for Flink's default
 * @param vector type of the vectors in SQL
 */
record SqlPipeline(Map<String, String> model, int operations, String vector) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Adds the job to an environment. */
  void build(StreamExecutionEnvironment environment, PipelineTopics topics) {
    environment.enableCheckpointing(PipelineRun.CHECKPOINT_INTERVAL.toMillis());
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    if (operations > 0) {
      tables
          .getConfig()
          .set(
              ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS,
              operations);
    }
    create(
        tables,
        "TABLE texts (id STRING, `text` STRING)",
        kafka(
            topics.bootstrapServers(),
            topics.input(),
            Map.of(
                "scan.startup.mode", "earliest-offset", "properties.group.id", topics.output())));
    create(
        tables,
        "TABLE embeddings (id STRING, `text` STRING, embedding %s, tokens INT, truncated BOOLEAN, space STRING)"
            .formatted(vector),
        kafka(
            topics.bootstrapServers(),
            topics.output(),
            Map.of(
                "sink.delivery-guarantee",
                "exactly-once",
                "sink.transactional-id-prefix",
                topics.output(),
                "properties.transaction.timeout.ms",
                "600000")));
    create(
        tables,
        "MODEL embedder INPUT (txt STRING) OUTPUT (embedding %s, tokens INT, truncated BOOLEAN, space STRING)"
            .formatted(vector),
        model);
    tables
        .createStatementSet()
        .addInsertSql(
            "INSERT INTO embeddings SELECT id, `text`, embedding, tokens, truncated, space"
                + " FROM ML_PREDICT(TABLE texts, MODEL embedder, DESCRIPTOR(`text`))")
        .attachAsDataStream();
  }

  private static Map<String, String> kafka(
      String bootstrapServers, String topic, Map<String, String> more) {
    Map<String, String> options =
        new HashMap<>(
            Map.of(
                "connector",
                "kafka",
                "topic",
                topic,
                "properties.bootstrap.servers",
                bootstrapServers,
                "key.format",
                "raw",
                "key.fields",
                "id",
                "value.format",
                "json",
                "value.fields-include",
                "EXCEPT_KEY"));
    options.putAll(more);
    return options;
  }

  private static void create(
      StreamTableEnvironment tables, String what, Map<String, String> options) {
    tables.executeSql(
        "CREATE TEMPORARY %s WITH (%s)"
            .formatted(
                what,
                options.entrySet().stream()
                    .map(option -> "'%s' = '%s'".formatted(option.getKey(), option.getValue()))
                    .collect(Collectors.joining(", "))));
  }

  /** Tokens of a row that was written. */
  static long tokens(byte[] value) {
    try {
      return MAPPER.readTree(value).required("tokens").asLong();
    } catch (IOException e) {
      throw new UncheckedIOException("A row of the output is no JSON.", e);
    }
  }
}
