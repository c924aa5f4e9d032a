package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.VectorEncoding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.flink.types.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Statements with the real tokeniser and the real ONNX Runtime on a mini-cluster. */
class ModelProviderIT {
  private static final String EVERYTHING =
      "embedding ARRAY<FLOAT>, embedding_4 ARRAY<FLOAT>, tokens INT, truncated BOOLEAN, space"
          + " STRING, model_digest STRING, error STRING";

  private static final List<String> WORDS = List.of("the", "people", "world", "of", "war", "peace");

  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());

  private Embedding alone(String text, @Nullable String prompt, int... dimensions) {
    EmbedderOptions options =
        EmbedderOptions.DEFAULT.withDimensions(Arrays.stream(dimensions).boxed().toList());
    try (var embedder = OnnxTextEmbedder.open(model, options)) {
      return embedder.embed(List.of(embedder.tokenise(text, prompt))).get(0);
    }
  }

  private static List<String> texts(int count) {
    Random random = new Random(18);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder("peace");
      for (int word = random.nextInt(20); word > 0; word--) {
        text.append(' ').append(WORDS.get(random.nextInt(WORDS.size())));
      }
      texts.add(text.toString());
    }
    return texts;
  }

  private static float[] vector(Row row, String column) {
    Float[] boxed = (Float[]) row.getField(column);
    float[] vector = new float[boxed.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = boxed[i];
    }
    return vector;
  }

  @Test
  void embedsBitForBitAsTheEmbedderAloneInStreamAndBatch() throws Exception {
    List<String> texts = texts(200);
    List<List<Row>> results = new ArrayList<>();
    for (SqlSession session : List.of(SqlSession.streaming(), SqlSession.batch())) {
      session.model("m", EVERYTHING).texts("t", texts);

      results.add(session.query("SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt))"));
    }

    assertThat(results.get(1)).isEqualTo(results.get(0)).hasSameSizeAs(texts);
    try (var embedder =
        OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT.withDimensions(List.of(0, 4)))) {
      for (Row row : results.get(0)) {
        String text = (String) row.getField("txt");
        Embedding alone = embedder.embed(List.of(embedder.tokenise(text, null))).get(0);
        assertThat(vector(row, "embedding")).as(text).isEqualTo(alone.vector());
        assertThat(vector(row, "embedding_4")).isEqualTo(alone.others().get(0));
        assertThat(row.getField("tokens")).isEqualTo(alone.tokens());
        assertThat(row.getField("truncated")).isEqualTo(alone.truncated());
        assertThat(row.getField("space")).isEqualTo(embedder.space().toString());
        assertThat(row.getField("model_digest")).isEqualTo(model.digest());
        assertThat(row.getField("error")).isNull();
      }
    }
  }

  @Test
  void keepsARowWithoutText() throws Exception {
    SqlSession session = SqlSession.streaming().model("m", EVERYTHING);
    session.texts("t", Arrays.asList("peace", null));

    List<Row> rows = session.query("SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt))");

    assertThat(rows).hasSize(2);
    assertThat(rows.get(0).getField("tokens")).isNotNull();
    assertThat(rows.get(1)).isEqualTo(Row.of(1, null, null, null, null, null, null, null, null));
  }

  @Test
  void runsTwoModelsInAStatement() throws Exception {
    SqlSession session = SqlSession.streaming();
    session.model("queries", "embedding ARRAY<FLOAT>", "prompt", "query", "dimensions", "6");
    session.model("passages", "embedding_5 ARRAY<FLOAT>", "session-sharing", "task-manager");
    session.texts("t", List.of("the people"));

    List<Row> rows =
        session.query(
            "WITH q AS (SELECT * FROM ML_PREDICT(TABLE t, MODEL queries, DESCRIPTOR(txt)))"
                + " SELECT * FROM ML_PREDICT(TABLE q, MODEL passages, DESCRIPTOR(txt))");

    assertThat(rows).hasSize(1);
    assertThat(vector(rows.get(0), "embedding"))
        .isEqualTo(alone("the people", "query", 6).vector());
    assertThat(vector(rows.get(0), "embedding_5"))
        .isEqualTo(alone("the people", "passage", 5).vector());
  }

  @Test
  void takesAPromptPerRowAndOptionsPerQuery() throws Exception {
    SqlSession session = SqlSession.streaming();
    session.modelOf("m", "a STRING, b STRING", "embedding ARRAY<FLOAT>, error STRING");
    session.run(
        "CREATE TEMPORARY VIEW t AS SELECT * FROM (VALUES ('peace', 'query'), ('peace',"
            + " CAST(NULL AS STRING)), ('peace', 'none'), ('peace', 'song')) AS t(txt, its_use)");

    List<Row> rows =
        session.query(
            "SELECT embedding, error FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt, its_use),"
                + " MAP['dimensions', '7', 'prompt', 'passage'])");

    assertThat(rows).hasSize(4);
    String[] prompts = {"query", "passage", "none"};
    for (int i = 0; i < prompts.length; i++) {
      assertThat(vector(rows.get(i), "embedding"))
          .isEqualTo(alone("peace", prompts[i], 7).vector());
    }
    assertThat(rows.get(3))
        .isEqualTo(
            Row.of(
                null,
                "UNKNOWN_PROMPT: The model has no prompt of the name that the record asks for; it"
                    + " has passage, query, none."));
  }

  @Test
  void encodesVectorsAsBytes() throws Exception {
    SqlSession session = SqlSession.streaming();
    session.model("m", "embedding BYTES").texts("t", List.of("the world"));
    float[] vector = alone("the world", null, 0).vector();

    for (VectorEncoding encoding :
        List.of(VectorEncoding.FLOAT32_BYTES, VectorEncoding.INT8, VectorEncoding.BINARY)) {
      assertThat(
              session.query(
                  "SELECT embedding FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt),"
                      + " MAP['encoding', '%s'])".formatted(encoding)))
          .as("%s", encoding)
          .containsExactly(Row.of((Object) EncodedVector.of(vector, encoding).bytes()));
    }
  }

  @Test
  void saysInTheColumnErrorWhyATextHasNoEmbedding() throws Exception {
    SqlSession session = SqlSession.streaming();
    session.model(
        "m", "embedding ARRAY<FLOAT>, error STRING", "max-characters", "200", "truncation", "fail");
    session.texts("t", List.of(" ", "peace \ud800", "war ".repeat(51), "war ".repeat(40), "peace"));

    List<Row> rows =
        session.query("SELECT error, embedding FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt))");

    assertThat(rows)
        .extracting(row -> row.getField("error"))
        .containsExactly(
            "BLANK: Nothing is left of the text (1 characters) to embed.",
            "INVALID_UNICODE: The text has an unpaired surrogate at character 6.",
            "TOO_LONG: The text has 204 characters; the limit is 200.",
            "TOO_MANY_TOKENS: The text has more tokens than the 16 that the model takes.",
            null);
    assertThat(rows.subList(0, 4)).allMatch(row -> row.getField("embedding") == null);
  }
}
