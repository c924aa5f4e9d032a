package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.chunk.Chunk;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.TextSplitter;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The functions of the module in queries. */
class FunctionsIT {
  private static final SqlSession SESSION = SqlSession.batch();

  @BeforeAll
  static void vectors() {
    SESSION.run("LOAD MODULE streambed");
    SESSION.run(
        "CREATE TEMPORARY VIEW v AS SELECT CAST(ARRAY[3, 4] AS ARRAY<FLOAT>) AS a,"
            + " CAST(ARRAY[4, 3] AS ARRAY<FLOAT>) AS b, CAST(ARRAY[0, 0] AS ARRAY<FLOAT>) AS zero,"
            + " CAST(NULL AS ARRAY<FLOAT>) AS nil, CAST(ARRAY[1, CAST(NULL AS INT)] AS"
            + " ARRAY<FLOAT>) AS hole, CAST(ARRAY[1, 2, 3] AS ARRAY<FLOAT>) AS three,"
            + " CAST(NULL AS BYTES) AS no_bytes");
  }

  private static Row one(String columns) throws Exception {
    List<Row> rows = SESSION.query("SELECT " + columns + " FROM v");
    assertThat(rows).hasSize(1);
    return rows.get(0);
  }

  private static Float[] floats(double... components) {
    return Arrays.stream(components).mapToObj(each -> (float) each).toArray(Float[]::new);
  }

  @Test
  void comparesArraysAndBytesAlike() throws Exception {
    String bytes = "VECTOR_TO_BYTES(a), VECTOR_TO_BYTES(b)";

    Row arrays = one("COSINE_SIMILARITY(a, b), DOT_PRODUCT(a, b), L2_DISTANCE(a, b)");
    Row encoded =
        one("COSINE_SIMILARITY(%1$s), DOT_PRODUCT(%1$s), L2_DISTANCE(%1$s)".formatted(bytes));

    assertThat((Double) arrays.getField(0)).isCloseTo(24 / 25.0, within(1e-15));
    assertThat(arrays.getField(1)).isEqualTo(24.0);
    assertThat(arrays.getField(2)).isEqualTo(Math.sqrt(2));
    assertThat(encoded).isEqualTo(arrays);
  }

  @Test
  void givesNullWhereThereIsNoVectorOrNoDirection() throws Exception {
    Row row =
        one(
            "COSINE_SIMILARITY(a, nil), COSINE_SIMILARITY(hole, a), COSINE_SIMILARITY(a, zero),"
                + " DOT_PRODUCT(nil, a), L2_DISTANCE(nil, nil), L2_NORMALIZE(zero),"
                + " L2_NORMALIZE(nil), L2_NORMALIZE(no_bytes), TRUNCATE_DIMENSIONS(nil, 1),"
                + " TRUNCATE_DIMENSIONS(a, CAST(NULL AS INT)), VECTOR_TO_BYTES(nil),"
                + " VECTOR_TO_BASE64(nil), VECTOR_TO_INT8(nil), VECTOR_INT8_SCALE(nil),"
                + " VECTOR_TO_BINARY(nil), VECTOR_FROM_BYTES(no_bytes),"
                + " VECTOR_FROM_BASE64(CAST(NULL AS STRING)), VECTOR_FROM_INT8(no_bytes, VECTOR_INT8_SCALE(a)),"
                + " VECTOR_FROM_BINARY(no_bytes, 8)");

    for (int i = 0; i < row.getArity(); i++) {
      assertThat(row.getField(i)).as("column %d", i).isNull();
    }
  }

  @Test
  void truncatesThenNormalises() throws Exception {
    Row row =
        one(
            "L2_NORMALIZE(a), TRUNCATE_DIMENSIONS(a, 1),"
                + " VECTOR_FROM_BYTES(L2_NORMALIZE(VECTOR_TO_BYTES(a))),"
                + " VECTOR_FROM_BYTES(TRUNCATE_DIMENSIONS(VECTOR_TO_BYTES(a), 1))");

    assertThat((Float[]) row.getField(0)).containsExactly(floats(0.6, 0.8));
    assertThat((Float[]) row.getField(1)).containsExactly(floats(1));
    assertThat((Float[]) row.getField(2)).containsExactly(floats(0.6, 0.8));
    assertThat((Float[]) row.getField(3)).containsExactly(floats(1));
  }

  @Test
  void truncatesAVectorToTheOneThatTheModelGives() throws Exception {
    SqlSession session =
        SqlSession.streaming()
            .run("LOAD MODULE streambed")
            .model("m", "embedding ARRAY<FLOAT>, embedding_5 ARRAY<FLOAT>")
            .texts("t", List.of("the people of the world"));

    List<Row> rows =
        session.query(
            "SELECT TRUNCATE_DIMENSIONS(embedding, 5), embedding_5"
                + " FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt))");

    // The model's own vector is truncated before it is rounded to norm 1 the first time.
    Float[] truncated = (Float[]) rows.get(0).getField(0);
    Float[] own = (Float[]) rows.get(0).getField(1);
    for (int i = 0; i < 5; i++) {
      assertThat(truncated[i]).isCloseTo(own[i], within(1e-6f));
    }
  }

  @Test
  void readsWhatItWrote() throws Exception {
    Row row =
        one(
            "VECTOR_FROM_BYTES(VECTOR_TO_BYTES(three)), VECTOR_FROM_BASE64(VECTOR_TO_BASE64(three)),"
                + " VECTOR_FROM_INT8(VECTOR_TO_INT8(three), VECTOR_INT8_SCALE(three)),"
                + " VECTOR_FROM_BINARY(VECTOR_TO_BINARY(three), 3), VECTOR_TO_BASE64(a)");

    assertThat((Float[]) row.getField(0)).containsExactly(floats(1, 2, 3));
    assertThat((Float[]) row.getField(1)).containsExactly(floats(1, 2, 3));
    Float[] near = (Float[]) row.getField(2);
    for (int i = 0; i < 3; i++) {
      assertThat(near[i]).isCloseTo(i + 1f, within(3f / 254)); // half of the scale, 3 / 127
    }
    float one = (float) (1 / Math.sqrt(3));
    assertThat((Float[]) row.getField(3)).containsExactly(one, one, one);
    assertThat(row.getField(4)).isEqualTo("AABAQAAAgEA="); // 3 and 4, little-endian
  }

  @Test
  void failsOnVectorsThatDoNotFitWithTheirLengthsAlone() {
    assertThat(failure("DOT_PRODUCT(a, three)"))
        .contains("Cannot compare a vector of 2 components with one of 3");
    assertThat(failure("TRUNCATE_DIMENSIONS(a, 3)"))
        .contains("Cannot truncate a vector of 2 components to 3");
    assertThat(failure("VECTOR_FROM_BYTES(ENCODE('abc', 'UTF-8'))"))
        .contains("Cannot read 3 bytes as a vector of 32-bit floats");
    assertThat(failure("VECTOR_FROM_BASE64('~secret~')"))
        .contains("Cannot read 8 characters as a vector")
        .doesNotContain("secret~)");
    assertThat(failure("VECTOR_FROM_BINARY(VECTOR_TO_BINARY(a), 9)"))
        .contains("Cannot read 1 bytes of binary as a vector of 9 components");
  }

  private static String failure(String column) {
    Throwable failure = org.assertj.core.api.Assertions.catchThrowable(() -> one(column + " AS c"));
    return RefusalsIT.shown(failure);
  }

  @Test
  void saysWhichArgumentsOfChunkTextDoNotFit() {
    Path model = TinyModelDirectory.path();

    assertThat(chunkFailure("/no/such", 0, 0))
        .contains("Cannot use CHUNK_TEXT(text, '/no/such', 0, 0): There is no model directory");
    assertThat(chunkFailure(model.toString(), 9, 0))
        .endsWith(
            "Cannot use CHUNK_TEXT(text, '%s', 9, 0): Invalid value 9 for maxTokens: must be at least 10, or 0 for the model's limit."
                .formatted(model));
    assertThat(chunkFailure(model.toString(), 0, 99))
        .contains("Invalid value 99 for overlapTokens: must be");
  }

  private static String chunkFailure(String model, int maxTokens, int overlapTokens) {
    Throwable failure =
        org.assertj.core.api.Assertions.catchThrowable(
            () ->
                SESSION.query(
                    "SELECT chunk FROM (VALUES 'a text') AS t (txt), LATERAL TABLE(CHUNK_TEXT(txt, '%s', %d, %d))"
                        .formatted(model, maxTokens, overlapTokens)));
    return RefusalsIT.shown(failure);
  }

  @Test
  void takesTheMeanOfVectorsPerGroup() throws Exception {
    List<Row> rows =
        SESSION.query(
            "SELECT VECTOR_AVG(e), VECTOR_AVG(VECTOR_TO_BYTES(e)) FROM (SELECT 1 AS g, a AS e FROM"
                + " v UNION ALL SELECT 1, b FROM v UNION ALL SELECT 1, nil FROM v UNION ALL SELECT"
                + " 2, nil FROM v) GROUP BY g ORDER BY g");

    assertThat((Float[]) rows.get(0).getField(0)).containsExactly(floats(3.5, 3.5));
    assertThat((Float[]) rows.get(0).getField(1)).containsExactly(floats(3.5, 3.5));
    assertThat(rows.get(1)).isEqualTo(Row.of(null, null));
  }

  @Test
  void splitsTextsAsTheSplitterDoes() throws Exception {
    String text = "the people of the world. peace of the people. war of the world! the people.";
    SqlSession session =
        SqlSession.streaming().run("LOAD MODULE streambed").texts("t", Arrays.asList(text, null));
    List<Row> expected = new ArrayList<>();
    try (var embedder =
        OnnxTextEmbedder.open(
            ModelDirectory.open(TinyModelDirectory.path()), EmbedderOptions.DEFAULT)) {
      List<Chunk> chunks =
          new TextSplitter(embedder.tokenCounter(null), ChunkingOptions.DEFAULT).split(text);
      for (Chunk chunk : chunks) {
        expected.add(
            Row.of(
                0,
                chunk.of(text),
                expected.size(),
                chunk.startChar(),
                chunk.endChar(),
                chunk.tokens()));
      }
    }

    List<Row> rows =
        session.query(
            "SELECT id, c.* FROM t, LATERAL TABLE(CHUNK_TEXT(txt, '%s')) AS c"
                .formatted(TinyModelDirectory.path()));

    assertThat(rows).isEqualTo(expected).hasSizeGreaterThan(1);
  }

  @Test
  void listsItsFunctions() {
    assertThat(Arrays.asList(SESSION.tables().listFunctions()))
        .contains("COSINE_SIMILARITY", "CHUNK_TEXT", "VECTOR_AVG");
  }
}
