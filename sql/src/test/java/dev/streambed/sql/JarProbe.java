package dev.streambed.sql;

import java.util.Arrays;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * Embeds a text in two jobs of one process, and prints the vectors; started in a JVM of its own,
 * where the jar is in the class path, as in Flink's lib/, or is added to each session.
 */
public final class JarProbe {
  private JarProbe() {}

  /**
   * Runs it.
   *
   * @param arguments the model directory, and the jar if it is to be added
   */
  @SuppressWarnings({"try", "SystemOut"})
  public static void main(String[] arguments) throws Exception {
    for (int job = 0; job < 2; job++) {
      StreamTableEnvironment tables =
          StreamTableEnvironment.create(
              StreamExecutionEnvironment.createLocalEnvironment(1, new Configuration()));
      if (arguments.length > 1) {
        tables.executeSql("ADD JAR '%s'".formatted(arguments[1]));
      }
      tables.executeSql("LOAD MODULE streambed");
      tables.executeSql(
          "CREATE TEMPORARY MODEL m INPUT (txt STRING) OUTPUT (embedding ARRAY<FLOAT>) WITH"
              + " ('provider' = 'streambed', 'max-records' = '2', 'model-directory' = '%s')"
                  .formatted(arguments[0]));
      tables.executeSql("CREATE TEMPORARY VIEW t (txt) AS VALUES 'the people of the world'");
      try (CloseableIterator<Row> rows =
          tables
              .executeSql(
                  "SELECT embedding, DOT_PRODUCT(embedding, embedding), chunk FROM"
                      + " ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt)), LATERAL"
                      + " TABLE(CHUNK_TEXT(txt, '%s'))".formatted(arguments[0]))
              .collect()) {
        Row row = rows.next();
        System.out.println("VECTOR " + Arrays.toString((Float[]) row.getField(0)));
      }
    }
  }
}
