package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.streambed.embedder.LogCapture;
import dev.streambed.embedder.model.TinyModelDirectory;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Queries that are refused while they are planned, with the reason. */
class RefusalsIT {
  private static final String PREDICT =
      "SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt)";
  private static final String VECTOR = "embedding ARRAY<FLOAT>";

  private final SqlSession session = SqlSession.streaming().texts("t", List.of("peace"));

  /** The refusal of a query, as Flink's client shows it. */
  private String refusal(String query) {
    return shown(catchThrowable(() -> session.tables().explainSql(query)));
  }

  /** What Flink's client shows of a failure that its gateway tells: the last cause in its text. */
  static String shown(@Nullable Throwable failure) {
    if (failure == null) {
      return "";
    }
    String[] causes = ExceptionUtils.stringifyException(failure).split("Caused by: ", -1);
    return causes[causes.length - 1].split("\tat ", -1)[0].strip();
  }

  static String messages(@Nullable Throwable failure) {
    List<String> messages = new ArrayList<>();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      messages.add(String.valueOf(cause.getMessage()));
    }
    return String.join("\n", messages);
  }

  private String refusalOf(String output, String... options) {
    session.run("DROP TEMPORARY MODEL IF EXISTS m").model("m", output, options);
    return refusal(PREDICT + ")");
  }

  @Test
  void takesWhatTheOthersChange() {
    assertThat(refusalOf(VECTOR)).isEmpty();
  }

  @Test
  void namesTheOptionThatIsWrong() {
    assertThat(refusalOf(VECTOR, "prompt", "song"))
        .contains(
            "Cannot use option prompt: Model tiny has no prompt 'song'; it has passage, query, none.");
    assertThat(refusalOf(VECTOR, "dimensions", "99"))
        .contains(
            "Cannot use option dimensions: Model tiny has no vectors of 99 dimensions; it has");
    assertThat(refusalOf(VECTOR, "dimensions", "4,4"))
        .contains("Invalid value 4 for option dimensions: must be there once.");
    assertThat(refusalOf(VECTOR, "dimensions", "8,4"))
        .contains(
            "Invalid value 4 for option dimensions: must be the length of a column, as in embedding_4 ARRAY<FLOAT> of OUTPUT.");
    assertThat(refusalOf("embedding_99 ARRAY<FLOAT>"))
        .contains(
            "Cannot use the columns of OUTPUT: Model tiny has no vectors of 99 dimensions; it has");
    assertThat(refusalOf(VECTOR, "max-tokens", "many"))
        .contains("Invalid value 'many' for option max-tokens: must be a number in range.");
    assertThat(refusalOf(VECTOR, "workers", "-1"))
        .contains("Invalid value -1 for option workers: must be between 1 and 1024, or 0 for");
    assertThat(refusalOf(VECTOR, "cache-size", "-1 kb"))
        .contains(
            "Invalid value '-1 kb' for option cache-size: must be a size of at least 0, such as 64 mb.");
    assertThat(refusalOf(VECTOR, "device", "tpu"))
        .contains(
            "Invalid value 'tpu' for option device: must be cpu, auto, cuda, or cuda:N with the index N of a GPU.");
    assertThat(refusalOf(VECTOR, "on-error", "ignore"))
        .contains("Invalid value 'ignore' for option on-error: must be one of fail, null.");
    assertThat(refusalOf(VECTOR, "encoding", "int8"))
        .contains(
            "Invalid value int8 for option encoding: must be absent, as OUTPUT has no column embedding BYTES.");
    assertThat(refusalOf("embedding BYTES", "encoding", "base64"))
        .contains(
            "Invalid value base64 for option encoding: must be one of float32-bytes, int8, binary.");
    assertThat(refusalOf(VECTOR, "batch-size", "8"))
        .contains("Unsupported options:", "batch-size", "Supported options:", "max-records");
  }

  @Test
  void namesTheModelDirectoryThatIsMissing() {
    session.run(
        "CREATE TEMPORARY MODEL gone INPUT (txt STRING) OUTPUT (embedding ARRAY<FLOAT>) WITH"
            + " ('provider' = 'streambed', 'model-directory' = '/no/such', 'max-records' = '8')");
    session.run(
        "CREATE TEMPORARY MODEL unset INPUT (txt STRING) OUTPUT (embedding ARRAY<FLOAT>) WITH"
            + " ('provider' = 'streambed', 'max-records' = '8')");

    session.model("m", VECTOR);

    assertThat(refusal(PREDICT.replace("m,", "gone,") + ")"))
        .contains("Cannot use option model-directory: There is no model directory /no/such.");
    assertThat(refusal(PREDICT.replace("m,", "unset,") + ")"))
        .contains("Option model-directory is missing. It has no default.");
    assertThat(refusal(PREDICT + ", MAP['model-directory', ' '])"))
        .contains("Invalid value ' ' for option model-directory: must be a path or a URI.");
    assertThat(refusal(PREDICT + ", MAP['model-directory', 'nofs://models/tiny'])"))
        .contains("Cannot use option model-directory: ");
  }

  @Test
  void refusesColumnsThatNoModelPutsOut() {
    for (String column :
        List.of(
            "vector ARRAY<FLOAT>",
            "embedding ARRAY<DOUBLE>",
            "embedding STRING",
            "embedding_8 BYTES",
            "embedding_08 ARRAY<FLOAT>",
            "tokens BIGINT",
            "tokens INT NOT NULL",
            "error BOOLEAN")) {
      assertThat(refusalOf(column))
          .as(column)
          .contains("Cannot put out the column " + column.substring(0, column.indexOf(' ')))
          .contains("OUTPUT may have, each or not, and none NOT NULL: embedding ARRAY<FLOAT>,");
    }
  }

  @Test
  void refusesInputsThatAreNoText() {
    session.modelOf("of_bytes", "txt BYTES", VECTOR);
    session.modelOf("three", "a STRING, b STRING, c STRING", VECTOR);
    session.run("CREATE TEMPORARY VIEW bytes_of_t AS SELECT ENCODE(txt, 'UTF-8') AS b FROM t");

    assertThat(refusal("SELECT * FROM ML_PREDICT(TABLE bytes_of_t, MODEL of_bytes, DESCRIPTOR(b))"))
        .contains(
            "Cannot embed INPUT [BYTES]: it must be STRING, for the text, or STRING, STRING,");
    assertThat(refusal("SELECT * FROM ML_PREDICT(TABLE t, MODEL three, DESCRIPTOR(txt, txt, txt))"))
        .contains("Cannot embed INPUT [STRING, STRING, STRING]: it must be STRING");
  }

  @Test
  void refusesOptionsOfAQueryThatItDoesNotKnow() {
    session.model("m", VECTOR);

    assertThat(refusal(PREDICT + ", MAP['promt', 'query'])"))
        .contains("Unknown option promt in the MAP of ML_PREDICT. It takes: async,", "prompt,");
    assertThat(refusal(PREDICT + ", MAP['prompt', 'song'])"))
        .contains("Cannot use option prompt: Model tiny has no prompt 'song'");
    assertThat(refusal(PREDICT + ", MAP['async', 'false'])")).isNotEmpty();
  }

  @Test
  void refusesFewerRowsInFlightThanFillTheBatches() throws Exception {
    session.run(
        "CREATE TEMPORARY MODEL m INPUT (txt STRING) OUTPUT (embedding ARRAY<FLOAT>) WITH"
            + " ('provider' = 'streambed', 'model-directory' = '%s')"
                .formatted(TinyModelDirectory.path()));
    String set = "SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024'";

    assertThat(refusal(PREDICT + ")"))
        .contains(
            "The batches of this model are full only with 1024 rows in flight, and Flink gives it"
                + " 32. Run: "
                + set
                + ";");
    assertThat(refusal(PREDICT + ", MAP['max-records', '8'])")).isEmpty();
    assertThat(refusal(PREDICT + ", MAP['max-concurrent-operations', '1024'])")).isEmpty();
    try (LogCapture log = LogCapture.begin()) {
      assertThat(refusal(PREDICT + ", MAP['on-unfilled-batches', 'warn'])")).isEmpty();
      assertThat(log.events())
          .anyMatch(event -> event.startsWith("The batches of this model") && event.contains(set));
    }
    session.run(set);
    assertThat(refusal(PREDICT + ")")).isEmpty();
    assertThat(refusal(PREDICT + ", MAP['max-concurrent-operations', '1023'])"))
        .contains("and Flink gives it 1023. Run: " + set);
  }
}
