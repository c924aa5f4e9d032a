package dev.streambed.sql;

import dev.streambed.embedder.model.TinyModelDirectory;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.util.TestStreamEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/** A session of Flink SQL on the mini-cluster of the test, with the tiny model's statements. */
final class SqlSession {
  /** What fills the batches of the models below, with 8 records each. */
  private static final String OPERATIONS = "32";

  /** Rows with a number and a text. */
  static final TypeInformation<Row> TEXTS =
      Types.ROW_NAMED(new String[] {"id", "txt"}, Types.INT, Types.STRING);

  private static final int SLOTS = 2;

  /** One for all tests of this JVM, which ends it; starting one takes longer than most tests. */
  private static final MiniCluster CLUSTER = start();

  private final StreamExecutionEnvironment stream;
  private final StreamTableEnvironment tables;

  private static MiniCluster start() {
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(4 * SLOTS)
                .withRandomPorts()
                .build());
    try {
      cluster.start();
    } catch (Exception e) {
      throw new IllegalStateException("Cannot start a mini-cluster.", e);
    }
    return cluster;
  }

  private SqlSession(MiniCluster cluster, RuntimeExecutionMode mode) {
    Configuration configuration = new Configuration();
    configuration.set(ExecutionOptions.RUNTIME_MODE, mode);
    this.stream = new TestStreamEnvironment(cluster, configuration, SLOTS, List.of(), List.of());
    this.tables = StreamTableEnvironment.create(stream);
    run("SET 'table.exec.async-ml-predict.max-concurrent-operations' = '" + OPERATIONS + "'");
    run("SET 'table.dml-sync' = 'true'");
  }

  static SqlSession streaming() {
    return new SqlSession(CLUSTER, RuntimeExecutionMode.STREAMING);
  }

  static SqlSession batch() {
    return new SqlSession(CLUSTER, RuntimeExecutionMode.BATCH);
  }

  /** A session on a cluster of the test's own, whose statements are not waited for. */
  static SqlSession on(MiniCluster cluster) {
    return new SqlSession(cluster, RuntimeExecutionMode.STREAMING)
        .run("SET 'table.dml-sync' = 'false'");
  }

  StreamExecutionEnvironment stream() {
    return stream;
  }

  StreamTableEnvironment tables() {
    return tables;
  }

  /**
   * Runs a statement without result; SET, too, which the environment alone does not know, but not
   * of the mode, which this session has.
   */
  SqlSession run(String statement) {
    if (statement.startsWith("SET ")) {
      String[] parts = statement.split("'", -1);
      if (!parts[1].equals(ExecutionOptions.RUNTIME_MODE.key())) {
        tables.getConfig().set(parts[1], parts[3]);
      }
    } else {
      tables.executeSql(statement);
    }
    return this;
  }

  /** Creates a model over the tiny model directory, with batches of 8. */
  SqlSession model(String name, String output, String... options) {
    return modelOf(name, "txt STRING", output, options);
  }

  SqlSession modelOf(String name, String input, String output, String... options) {
    StringBuilder with =
        new StringBuilder(
            "'provider' = 'streambed', 'model-directory' = '%s', 'max-records' = '8'"
                .formatted(TinyModelDirectory.path()));
    for (int i = 0; i < options.length; i += 2) {
      with.append(", '%s' = '%s'".formatted(options[i], options[i + 1]));
    }
    return run(
        "CREATE TEMPORARY MODEL %s INPUT (%s) OUTPUT (%s) WITH (%s)"
            .formatted(name, input, output, with));
  }

  /** Creates a view of rows with a number and a text, in their order; null for NULL. */
  SqlSession texts(String view, List<String> texts) {
    List<Row> rows = new ArrayList<>();
    for (String text : texts) {
      rows.add(Row.of(rows.size(), text));
    }
    tables.createTemporaryView(
        view, tables.fromDataStream(stream.fromData(rows, TEXTS).setParallelism(1)));
    return this;
  }

  /** The failure of a job of a statement that has ended, if there ever was one. */
  static @Nullable ErrorInfo failureOf(JobID job) throws Exception {
    return CLUSTER.getExecutionGraph(job).get().getFailureInfo();
  }

  @SuppressWarnings("try") // close() may be interrupted, as a test may
  List<Row> query(String query) throws Exception {
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> results = tables.executeSql(query).collect()) {
      results.forEachRemaining(rows::add);
    }
    return rows;
  }
}
