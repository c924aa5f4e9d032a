package dev.streambed.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.server.ServerOptions.Address;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that others wrote: they get the embedder's vectors, bit for bit, and show its errors. */
class ClientsIT {
  private static final String KEY = "canary-key-7d21";
  private static final String DOG = "the dog bites the man";

  private static OnnxTextEmbedder embedder;
  private static EmbeddingServer server;

  @BeforeAll
  static void start() throws Exception {
    embedder =
        OnnxTextEmbedder.open(
            ModelDirectory.open(TinyModelDirectory.path()), EmbedderOptions.DEFAULT);
    server =
        EmbeddingServer.start(
            embedder,
            ServerOptions.DEFAULT
                .withAddress(new Address("127.0.0.1", 0, null))
                .withKeys(ApiKeys.of(List.of("another", KEY))));
  }

  @AfterAll
  static void stop() {
    server.close();
    embedder.close();
  }

  @Test
  void openAisJavaClient() {
    OpenAIClient client = openAi(KEY);

    CreateEmbeddingResponse answer =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("tiny")
                    .inputOfArrayOfStrings(List.of(DOG, "cat"))
                    .build());
    CreateEmbeddingResponse short4 =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("tiny")
                    .input(DOG)
                    .dimensions(4)
                    .encodingFormat(EmbeddingCreateParams.EncodingFormat.BASE64)
                    .build());

    assertThat(vector(answer.data().get(0).embedding())).isEqualTo(expected(DOG, 0));
    assertThat(vector(answer.data().get(1).embedding())).isEqualTo(expected("cat", 0));
    assertThat(answer.usage().promptTokens()).isPositive();
    assertThat(vector(short4.data().get(0).embedding())).isEqualTo(expected(DOG, 4));
    client.close();
  }

  @Test
  void openAisJavaClientShowsOurErrors() {
    OpenAIClient client = openAi(KEY);
    OpenAIClient stranger = openAi("canary-key-7d22");
    EmbeddingCreateParams request = EmbeddingCreateParams.builder().model("big").input(DOG).build();

    assertThatThrownBy(() -> client.embeddings().create(request))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("There is no such model here; there is tiny.");
    assertThatThrownBy(() -> stranger.embeddings().create(request))
        .isInstanceOf(UnauthorizedException.class)
        .hasMessageContaining("The API key is missing or wrong.");
    client.close();
    stranger.close();
  }

  @Test
  void langchain4jsClient() {
    OpenAiEmbeddingModel model =
        OpenAiEmbeddingModel.builder()
            .baseUrl(server.url() + "/v1")
            .apiKey(KEY)
            .modelName("tiny")
            .build();

    assertThat(model.embed(DOG).content().vector()).isEqualTo(expected(DOG, 0));
    assertThat(
            model
                .embedAll(List.of(TextSegment.from("cat"), TextSegment.from(DOG)))
                .content()
                .get(1)
                .vector())
        .isEqualTo(expected(DOG, 0));
  }

  @Test
  void curl() throws Exception {
    Process curl =
        new ProcessBuilder(
                "curl",
                "--silent",
                "--show-error",
                server.url() + "/embed",
                "--header",
                "Authorization: Bearer " + KEY,
                "--header",
                "Content-Type: application/json",
                "--data",
                "{\"inputs\":\"%s\"}".formatted(DOG))
            .redirectErrorStream(true)
            .start();
    String out = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(curl.waitFor()).as(out).isZero();
    String[] numbers = out.replaceAll("[\\[\\]]", "").split(",", -1);
    float[] vector = new float[numbers.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = Float.parseFloat(numbers[i]);
    }
    assertThat(vector).isEqualTo(expected(DOG, 0));
  }

  private static OpenAIClient openAi(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(server.url() + "/v1")
        .apiKey(key)
        .maxRetries(0)
        .checkJacksonVersionCompatibility(false)
        .build();
  }

  private static float[] vector(List<Float> components) {
    float[] vector = new float[components.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = components.get(i);
    }
    return vector;
  }

  private static float[] expected(String text, int dimensions) {
    try (OnnxTextEmbedder lease =
        embedder.lease(EmbedderOptions.DEFAULT.withDimensions(dimensions))) {
      return lease.embed(List.of(lease.tokenise(text, null))).get(0).vector();
    }
  }
}
