package dev.streambed.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.server.ServerOptions.Address;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The two dialects, with a real model. */
class EmbeddingServerIT {
  private static final String DOG = "the dog bites the man";
  private static final String SPACE = "streambed://text-embedding@1/tiny@dd397c130918?dimensions=";

  private static OnnxTextEmbedder embedder;
  private static EmbeddingServer server;
  private static ServerClient client;

  @BeforeAll
  static void start() throws Exception {
    ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());
    embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);
    server =
        EmbeddingServer.start(
            embedder, ServerOptions.DEFAULT.withAddress(new Address("127.0.0.1", 0, null)));
    client = new ServerClient(server);
  }

  @AfterAll
  static void stop() {
    server.close();
    embedder.close();
  }

  @Test
  void answersOpenAisRequestWithTheVectorsOfTheEmbedder() throws Exception {
    HttpResponse<String> response =
        client.post(
            "/v1/embeddings", "{\"model\":\"tiny\",\"input\":[\"%s\",\"cat\"]}".formatted(DOG));

    JsonNode answer = ServerClient.json(response);
    int tokens = embedder.tokenise(DOG, null).length() + embedder.tokenise("cat", null).length();
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(answer.get("object").asText()).isEqualTo("list");
    assertThat(answer.get("model").asText()).isEqualTo("tiny");
    assertThat(answer.get("data").get(1).get("index").asInt()).isEqualTo(1);
    assertThat(openAi(answer, 0)).isEqualTo(expected(DOG, null, 0));
    assertThat(openAi(answer, 1)).isEqualTo(expected("cat", null, 0));
    assertThat(answer.get("usage").get("prompt_tokens").asInt()).isEqualTo(tokens);
    assertThat(answer.get("usage").get("total_tokens").asInt()).isEqualTo(tokens);
    assertThat(response.headers().firstValue("x-streambed-space")).contains(SPACE + 8);
    assertThat(response.headers().firstValue("x-compute-tokens")).contains("" + tokens);
    assertThat(response.headers().firstValue("x-streambed-truncated")).contains("0");
    assertThat(response.headers().firstValue("x-queue-time")).isPresent();
    assertThat(response.headers().firstValue("x-inference-time")).isPresent();
  }

  /** Other clients take a list of numbers for base64, or the other way round. */
  @Test
  void writesBase64AsLittleEndianFloats() throws Exception {
    JsonNode answer =
        ServerClient.json(
            client.post(
                "/v1/embeddings",
                "{\"model\":\"tiny\",\"input\":\"%s\",\"encoding_format\":\"base64\"}"
                    .formatted(DOG)));

    byte[] bytes = Base64.getDecoder().decode(answer.get("data").get(0).get("embedding").asText());
    float[] vector = new float[bytes.length / 4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
    assertThat(vector).isEqualTo(expected(DOG, null, 0));
  }

  @ParameterizedTest
  @CsvSource({"4", "5", "8"})
  void cutsTheVectorsAsAnEmbedderOfThatLengthDoes(int dimensions) throws Exception {
    HttpResponse<String> response =
        client.post(
            "/v1/embeddings",
            "{\"model\":\"tiny\",\"input\":\"%s\",\"dimensions\":%d}".formatted(DOG, dimensions));

    assertThat(openAi(ServerClient.json(response), 0)).isEqualTo(expected(DOG, null, dimensions));
    assertThat(response.headers().firstValue("x-streambed-space")).contains(SPACE + dimensions);
  }

  @Test
  void takesTokenIdsAsTheyAre() throws Exception {
    long[] ids = embedder.tokenise(DOG, "none").ids();
    float[] vector = embedder.embed(List.of(new TokenIds(ids, false))).get(0).vector();
    String list = Arrays.toString(ids);

    JsonNode one =
        ServerClient.json(
            client.post("/v1/embeddings", "{\"model\":\"tiny\",\"input\":%s}".formatted(list)));
    JsonNode two =
        ServerClient.json(client.post("/embed", "{\"inputs\":[%s,%s]}".formatted(list, list)));

    assertThat(openAi(one, 0)).isEqualTo(vector);
    assertThat(ServerClient.vector(two.get(0))).isEqualTo(vector);
    assertThat(ServerClient.vector(two.get(1))).isEqualTo(vector);
  }

  @Test
  void answersTeisRequestAlwaysWithAListOfVectors() throws Exception {
    JsonNode one = ServerClient.json(client.post("/embed", "{\"inputs\":\"%s\"}".formatted(DOG)));
    JsonNode two =
        ServerClient.json(
            client.post(
                "/embed",
                "{\"inputs\":[\"%s\",\"cat\"],\"prompt_name\":\"query\",\"dimensions\":4}"
                    .formatted(DOG)));

    assertThat(one).hasSize(1);
    assertThat(ServerClient.vector(one.get(0))).isEqualTo(expected(DOG, null, 0));
    assertThat(two).hasSize(2);
    assertThat(ServerClient.vector(two.get(0))).isEqualTo(expected(DOG, "query", 4));
    assertThat(ServerClient.vector(two.get(1))).isEqualTo(expected("cat", "query", 4));
  }

  @Test
  void leavesThePooledVectorAsItIsIfItIsNotToBeNormalised() throws Exception {
    HttpResponse<String> response =
        client.post("/embed", "{\"inputs\":\"%s\",\"normalize\":false}".formatted(DOG));

    float[] vector = ServerClient.vector(ServerClient.json(response).get(0));
    assertThat(OnnxTextEmbedder.unitVector(vector, 8)).isEqualTo(expected(DOG, null, 0));
    assertThat(vector).isNotEqualTo(expected(DOG, null, 0));
    assertThat(response.headers().firstValue("x-streambed-space")).isEmpty(); // it is in none
  }

  @Test
  void truncatesLongTextsAndSaysSoUnlessTheyAreToBeRefused() throws Exception {
    String text = "dog ".repeat(40);

    HttpResponse<String> truncated =
        client.post("/embed", "{\"inputs\":[\"%s\",\"cat\"]}".formatted(text));
    HttpResponse<String> refused =
        client.post("/embed", "{\"inputs\":[\"cat\",\"%s\"],\"truncate\":false}".formatted(text));

    assertThat(truncated.statusCode()).isEqualTo(200);
    assertThat(truncated.headers().firstValue("x-streambed-truncated")).contains("1");
    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(ServerClient.json(refused).get("error_type").asText()).isEqualTo("Validation");
    assertThat(ServerClient.json(refused).get("error").asText())
        .isEqualTo("Input 2 of 2: The text has more than 16 tokens (160 characters).");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"model\":\"tiny\"}|400|input||The body has no 'input'.",
        "{\"input\":\"a\"}|400|model||The body has no 'model'.",
        "{\"model\":\"big\",\"input\":\"a\"}|404|model|model_not_found|There is no such model here; there is tiny.",
        "{\"model\":\"tiny\",\"input\":\"dog\",\"dimensions\":3}|400|dimensions||The model has no vectors of 3 dimensions; it has 4 to 8.",
        "{\"model\":\"tiny\",\"input\":[]}|400|input||'input' is an empty list.",
        "{\"model\":\"tiny\",\"input\":[\"dog\",\"\"]}|400|input||Input 2 of 2: Nothing is left of the text (0 characters) to embed.",
        "{\"model\":\"tiny\",\"input\":[\"dog\",7]}|400|input||'input' must be a text, a list of texts, a list of token ids or a list of such lists.",
        "{\"model\":\"tiny\",\"input\":\"a\",\"encoding_format\":\"hex\"}|400|encoding_format||'encoding_format' must be float or base64.",
        "{\"model\":\"tiny\",\"input\":\"a\",\"prompt_name\":\"x\"}|400|prompt_name||The model has no such prompt; it has passage, query, none.",
        "{\"model\":\"tiny\",\"input\":\"a\",\"model\":\"tiny\"}|400|||The body is not valid JSON at byte 35; it must be one object.",
        "{\"model\":\"tiny\",\"input\":[1,257]}|400|input||'input' has a token id that the model does not have: it has 0 to 256.",
        "{\"model\":\"tiny\",\"input\":[[1],[2147483647]]}|400|input||'input' has a token id that the model does not have: it has 0 to 256.",
        "{\"model\":\"tiny\",\"input\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}|400|input||'input' has a list of more token ids than the model takes: 16.",
        "{\"model\":\"tiny\",\"inp|400|||The body is not valid JSON at byte 20; it must be one object.",
      })
  void explainsAnErrorAsOpenAisClientsReadIt(
      String body, int status, String field, String code, String message) throws Exception {
    HttpResponse<String> response = client.post("/v1/embeddings", body);

    JsonNode error = ServerClient.json(response).get("error");
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(error.get("message").asText()).isEqualTo(message);
    assertThat(error.get("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.get("param").asText()).isEqualTo(field == null ? "null" : field);
    assertThat(error.get("code").asText()).isEqualTo(code == null ? "null" : code);
  }

  /** Each name of a field would be kept, to find the second of its kind. */
  @Test
  void moreFieldsThanAnyRequestHas() throws Exception {
    StringBuilder fields = new StringBuilder("\"f\":0");
    for (int i = 0; i < 5_000; i++) {
      fields.append(",\"f").append(i).append("\":0");
    }

    for (String body : List.of("{%s,\"inputs\":\"a\"}", "{\"inputs\":\"a\",\"user\":[{%s},{}]}")) {
      assertThat(client.post("/embed", body.formatted(fields)))
          .extracting(HttpResponse::statusCode, HttpResponse::body)
          .containsExactly(
              422,
              "{\"error\":\"The body has more than 1000 fields that are not known here.\",\"error_type\":\"Validation\"}");
    }
  }

  @Test
  void saysWhatItServes() throws Exception {
    JsonNode models = ServerClient.json(client.get("/v1/models"));
    JsonNode info = ServerClient.json(client.get("/info"));

    assertThat(models.get("data").get(0).get("id").asText()).isEqualTo("tiny");
    assertThat(info.get("model_id").asText()).isEqualTo("tiny");
    assertThat(info.get("max_input_length").asInt()).isEqualTo(16);
    assertThat(info.get("model_type").get("embedding").get("pooling").asText()).isEqualTo("mean");
    assertThat(info.get("streambed_space").asText()).isEqualTo(SPACE + 8);
    assertThat(client.get("/health").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({"/", "/invocations"})
  void answersTeisOtherPathsAsEmbed(String path) throws Exception {
    HttpResponse<String> response = client.post(path, "{\"inputs\":\"%s\"}".formatted(DOG));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(ServerClient.vector(ServerClient.json(response).get(0)))
        .isEqualTo(expected(DOG, null, 0));
  }

  @ParameterizedTest
  @CsvSource({"/", "/ping", "/health"})
  void saysThatItIsWell(String path) throws Exception {
    assertThat(client.get(path).statusCode()).isEqualTo(200);
    assertThat(client.get(path).body()).isEmpty();
  }

  @Test
  void countsWhatItDoes() throws Exception {
    client.post("/embed", "{\"inputs\":\"%s\"}".formatted(DOG));
    client.post("/embed", "{}");

    assertThat(client.get("/metrics").body())
        .containsPattern("te_request_count [1-9]")
        .containsPattern("te_request_success [1-9]")
        .containsPattern("te_request_failure\\{err=\"invalid\"} [1-9]")
        .containsPattern("te_request_duration_bucket\\{le=\"\\+Inf\"} [1-9]")
        .containsPattern("te_batch_next_size_count [1-9]")
        .contains("te_queue_size 0\n");
  }

  @Test
  void refusesOtherPathsMethodsAndTypes() throws Exception {
    assertThat(client.get("/v1/chat/completions").statusCode()).isEqualTo(404);
    assertThat(client.get("/v1/embeddings").statusCode()).isEqualTo(405);
    assertThat(client.get("/v1/embeddings").headers().firstValue("allow")).contains("POST");
    assertThat(client.post("/info", "{}").statusCode()).isEqualTo(405);
    assertThat(client.post("/ping", "{}").statusCode()).isEqualTo(405);
    assertThat(client.post("/embed", "{\"inputs\":\"dog\"}", "content-encoding", "gzip"))
        .extracting(HttpResponse::statusCode)
        .isEqualTo(415);
  }

  private static float[] openAi(JsonNode answer, int index) {
    return ServerClient.vector(answer.get("data").get(index).get("embedding"));
  }

  private static float[] expected(String text, @Nullable String prompt, int dimensions) {
    try (OnnxTextEmbedder lease =
        embedder.lease(EmbedderOptions.DEFAULT.withDimensions(dimensions))) {
      return lease.embed(List.of(lease.tokenise(text, prompt))).get(0).vector();
    }
  }
}
