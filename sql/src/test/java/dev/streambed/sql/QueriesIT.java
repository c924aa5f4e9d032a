package dev.streambed.sql;

import static org.apache.flink.table.api.Expressions.$;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.LogCapture;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.ColumnList;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;

/** What people write around ML_PREDICT. */
class QueriesIT {
  private static final String VECTOR = "embedding ARRAY<FLOAT>";
  private static final String CANARY = "canary-7e20";

  @Test
  void carriesUpdatesThroughAsAChangelog() throws Exception {
    SqlSession session = SqlSession.streaming().model("m", VECTOR);
    session.tables().createTemporaryView("texts", changes(session));
    session.run("CREATE TEMPORARY VIEW c AS SELECT * FROM TO_CHANGELOG(input => TABLE texts)");
    session.run(
        "CREATE TEMPORARY VIEW e AS SELECT * FROM ML_PREDICT(TABLE c, MODEL m, DESCRIPTOR(txt))");

    List<Row> rows =
        session.query("SELECT id, txt, embedding FROM FROM_CHANGELOG(input => TABLE e)");

    assertThat(rows)
        .extracting(Row::getKind)
        .containsExactly(
            RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER, RowKind.DELETE);
    // What is taken back is what was given, bit for bit: so the rows below it stay right.
    assertThat((Float[]) rows.get(1).getField("embedding"))
        .isEqualTo(rows.get(0).getField("embedding"));
    assertThat((Float[]) rows.get(3).getField("embedding"))
        .isEqualTo(rows.get(2).getField("embedding"));
  }

  private static Table changes(SqlSession session) {
    return session
        .tables()
        .fromChangelogStream(
            session.stream()
                .fromData(
                    List.of(
                        Row.ofKind(RowKind.INSERT, 1, "peace"),
                        Row.ofKind(RowKind.UPDATE_BEFORE, 1, "peace"),
                        Row.ofKind(RowKind.UPDATE_AFTER, 1, "war"),
                        Row.ofKind(RowKind.DELETE, 1, "war")),
                    SqlSession.TEXTS)
                .setParallelism(1),
            Schema.newBuilder().column("id", "INT").column("txt", "STRING").build());
  }

  @Test
  @SuppressWarnings("try") // close() may be interrupted, as a test may
  void predictsInTheTableApi() throws Exception {
    SqlSession session = SqlSession.streaming().model("m", VECTOR).texts("t", List.of("peace"));

    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> results =
        session
            .tables()
            .fromModel("m")
            .predict(session.tables().from("t"), ColumnList.of("txt"), Map.of("prompt", "query"))
            .select($("embedding"))
            .execute()
            .collect()) {
      results.forEachRemaining(rows::add);
    }

    assertThat(rows)
        .isEqualTo(
            session.query(
                "SELECT embedding FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt),"
                    + " MAP['prompt', 'query'])"));
  }

  @Test
  void takesTheMeanOfAWindow() throws Exception {
    SqlSession session = SqlSession.streaming().run("LOAD MODULE streambed").model("m", VECTOR);
    session.run(
        "CREATE TEMPORARY TABLE clicks (id INT, seen AS TO_TIMESTAMP_LTZ(id * 1000, 3), txt AS"
            + " 'peace', WATERMARK FOR seen AS seen) WITH ('connector' = 'datagen',"
            + " 'number-of-rows' = '20', 'fields.id.kind' = 'sequence', 'fields.id.start' = '0',"
            + " 'fields.id.end' = '19')");
    session.run(
        "CREATE TEMPORARY VIEW e AS"
            + " SELECT * FROM ML_PREDICT(TABLE clicks, MODEL m, DESCRIPTOR(txt))");

    List<Row> rows =
        session.query(
            "SELECT COUNT(*) AS n, VECTOR_AVG(embedding) AS mean, MAX(embedding[1]) AS first_of_all FROM"
                + " TUMBLE(TABLE e, DESCRIPTOR(seen), INTERVAL '10' SECOND)"
                + " GROUP BY window_start, window_end");

    assertThat(rows).extracting(row -> row.getField("n")).containsExactly(10L, 10L);
    assertThat(rows)
        .allMatch(row -> ((Float[]) row.getField("mean"))[0].equals(row.getField("first_of_all")));
  }

  @Test
  void givesOneRowForEachOfTenThousandRandomTextsAndFailsAtNone() throws Exception {
    SqlSession session =
        SqlSession.streaming().model("m", VECTOR + ", error STRING", "max-characters", "60");
    Random random = new Random(18);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? CANARY : "");
      for (int length = random.nextInt(70); length > 0; length--) {
        text.append((char) random.nextInt(random.nextBoolean() ? 0x80 : 0x10000));
      }
      texts.add(random.nextInt(20) == 0 ? null : text.toString());
    }
    session.texts("t", Collections.unmodifiableList(texts));

    List<Row> rows = new ArrayList<>();
    TableResult result;
    try (LogCapture log = LogCapture.begin()) {
      result =
          session
              .tables()
              .executeSql("SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt))");
      result.collect().forEachRemaining(rows::add);
      assertThat(log.events()).noneMatch(event -> event.contains(CANARY));
    }

    assertThat(SqlSession.failureOf(result.getJobClient().orElseThrow().getJobID())).isNull();
    assertThat(rows).hasSameSizeAs(texts);
    for (Row row : rows) {
      int id = (Integer) row.getField("id");
      boolean isEmbedded = row.getField("embedding") != null;
      boolean isRejected = row.getField("error") != null;
      assertThat(isEmbedded ^ isRejected).as("row %d", id).isEqualTo(texts.get(id) != null);
      assertThat(String.valueOf(row.getField("error"))).doesNotContain(CANARY);
    }
    assertThat(rows).extracting(row -> row.getField("id")).doesNotHaveDuplicates();
  }
}
