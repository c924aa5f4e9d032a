package dev.streambed.benchmarks.sql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;

/**
 * Searches a topic with {@code VECTOR_SEARCH}, in a task of its own in this JVM, and looks at what
 * comes out of it. One at a time, as Flink makes its own copy of what runs in a task.
 */
final class SearchRun {
  static final int TOP = 10;

  private static final double NANOS_PER_SECOND = 1e9;
  private static final TypeInformation<Row> QUERY =
      Types.ROW_NAMED(new String[] {"id", "asked"}, Types.INT, Types.OBJECT_ARRAY(Types.FLOAT));

  private static final int WARM_UP_PART = 10; // of the queries, a tenth

  /** Keys found, by the number of the query; the time after the warm-up and of the last result. */
  private static final Map<Integer, Set<String>> FOUND = new ConcurrentHashMap<>();

  private static volatile int warmUp;
  private static volatile long warmNanos;
  private static volatile long lastNanos;

  private SearchRun() {}

  /**
   * The outcome.
   *
   * @param found keys, by the number of the query
   * @param queriesPerSecond without reading the topic and the first tenth of the queries
   */
  record Outcome(Map<Integer, Set<String>> found, double queriesPerSecond) {}

  /**
   * Runs the queries one after the other, in one task.
   *
   * @param exactBelow number of vectors below which each is compared
   */
  static Outcome of(
      String bootstrapServers, String topic, int exactBelow, List<float[]> queries, int count)
      throws Exception {
    FOUND.clear();
    warmUp = count / WARM_UP_PART;
    warmNanos = 0;
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(1);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.executeSql(
        "CREATE TEMPORARY TABLE topic (key STRING, embedding ARRAY<FLOAT>) WITH ('connector' = 'streambed-index',"
            + " 'topic' = '%s', 'properties.bootstrap.servers' = '%s', 'exact-below' = '%d')"
                .formatted(topic, bootstrapServers, exactBelow));
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(Row.of(i, boxed(queries.get(i % queries.size()))));
    }
    tables.createTemporaryView(
        "questions", tables.fromDataStream(environment.fromData(rows, QUERY)));
    tables
        .toDataStream(
            tables.sqlQuery(
                "SELECT id, key FROM questions, LATERAL TABLE(VECTOR_SEARCH(TABLE topic, DESCRIPTOR(embedding), questions.asked, %d))"
                    .formatted(TOP)))
        .map(new Look())
        .returns(Types.INT)
        .sinkTo(new DiscardingSink<>());
    environment.execute("search");
    if (FOUND.size() != count) {
      throw new IllegalStateException(
          "%,d of %,d queries have a result.".formatted(FOUND.size(), count));
    }
    double seconds = (lastNanos - warmNanos) / NANOS_PER_SECOND;
    return new Outcome(Map.copyOf(FOUND), (count - warmUp) / seconds);
  }

  private static Float[] boxed(float[] vector) {
    Float[] boxed = new Float[vector.length];
    for (int i = 0; i < boxed.length; i++) {
      boxed[i] = vector[i];
    }
    return boxed;
  }

  /** Notes what was found, and when. */
  private static final class Look implements MapFunction<Row, Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public Integer map(Row row) {
      long now = System.nanoTime();
      if (warmNanos == 0 && FOUND.size() >= warmUp) {
        warmNanos = now;
      }
      lastNanos = now;
      int id = (Integer) row.getFieldAs("id");
      FOUND.computeIfAbsent(id, unused -> new HashSet<>()).add(row.getFieldAs("key"));
      return id;
    }
  }
}
