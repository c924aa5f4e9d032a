package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxTextEmbedderIT {
  private static final List<String> WORDS =
      List.of(
          "the",
          "and",
          "people",
          "government",
          "world",
          "zebra",
          "a",
          "42",
          "naïve",
          "\uD83D\uDE00");

  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());
  private final OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);

  @AfterEach
  void close() {
    embedder.close();
    embedder.close(); // idempotent
  }

  @Test
  void truncatesThenNormalises() {
    try (var shorter = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT.withDimensions(5))) {
      float[] full = embed(embedder, "the people of the world").vector();
      float[] truncated = embed(shorter, "the people of the world").vector();

      double norm = norm(java.util.Arrays.copyOf(full, 5));
      assertThat(full).hasSize(8);
      assertThat(norm(full)).isCloseTo(1, within(1e-6));
      assertThat(norm(truncated)).isCloseTo(1, within(1e-6));
      assertThat(truncated).hasSize(5);
      for (int i = 0; i < 5; i++) {
        assertThat((double) truncated[i]).isCloseTo(full[i] / norm, within(1e-6));
      }
    }
  }

  @Test
  void truncatesAtTheModelsLimitWhateverTheTokeniserFileSays() {
    TokenIds tokens = embedder.tokenise("the ".repeat(2000), "none");
    TokenIds whole = embedder.tokenise("the ".repeat(14), "none"); // + 2 special tokens = 16

    assertThat(tokens.length()).isEqualTo(16); // not 6, nor padded to 12
    assertThat(tokens.truncated()).isTrue();
    assertThat(whole.length()).isEqualTo(16);
    assertThat(whole.truncated()).isFalse();
    assertThat(embedder.tokenise("the", "none").length()).isEqualTo(3);
  }

  @Test
  void countsTheTokensThatTheVocabularyDoesNotHave() {
    Embedding cat = embed(embedder, "the แมว people แมว");

    assertThat(embed(embedder, "the people").unknownTokens()).isZero();
    assertThat(cat.unknownTokens()).isEqualTo(2);
    assertThat(embed(embedder, "the หมา people หมา").vector()).isEqualTo(cat.vector());
  }

  @Test
  void aVectorDependsOnItsTextAloneBitForBit() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      List<TokenIds> batch = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(30); i++) {
        batch.add(embedder.tokenise(randomText(random), null));
      }

      List<Embedding> together = embedder.embed(batch);
      assertThat(embedder.embed(List.of())).isEmpty();

      for (int i = 0; i < batch.size(); i++) {
        assertThat(together.get(i).vector())
            .as("seed %d, text %d", seed, i)
            .isEqualTo(embedder.embed(List.of(batch.get(i))).get(0).vector());
        assertThat(norm(together.get(i).vector())).isCloseTo(1, within(1e-6));
      }
    }
  }

  @Test
  void putsThePromptBeforeTheText() {
    assertThat(embedder.tokenise("the world", "query").ids())
        .isEqualTo(embedder.tokenise("query: the world", "none").ids());
    assertThat(embedder.tokenise("the world", null).ids()) // the default where the model has it
        .isEqualTo(embedder.tokenise("the world", "passage").ids());
  }

  @Test
  void rejectsATextWithNothingInIt() {
    for (String text : List.of("", "   ", "\n\t", "\u0000")) {
      assertRejected(() -> embedder.tokenise(text, null), Reason.BLANK);
    }
  }

  @Test
  void rejectsAnUnpairedSurrogateAndKeepsAPair() {
    for (String text : List.of("a\uD83D", "\uDE00a", "\uDE00\uD83D")) {
      assertRejected(() -> embedder.tokenise(text, null), Reason.INVALID_UNICODE);
    }
    assertThat(embedder.tokenise("\uD83D\uDE00", "none").length()).isEqualTo(3);
  }

  @Test
  void rejectsATextBeyondTheCharacterLimitWithoutShowingIt() {
    String text = "secret ".repeat(200_000);

    assertThatThrownBy(() -> embedder.tokenise(text, null))
        .hasMessage("The text has 1400000 characters; the limit is 1000000.");
  }

  @Test
  void rejectsAnUnknownPromptOfARecord() {
    assertRejected(() -> embedder.tokenise("the", "essay"), Reason.UNKNOWN_PROMPT);
    assertRejected(() -> embedder.tokenise("\uD83D", "essay"), Reason.UNKNOWN_PROMPT);
  }

  @Test
  void givesVectorsOfSeveralLengthsThatEqualThoseOfOneLengthBitForBit() {
    List<Integer> lengths = List.of(6, 8, 4);
    try (var several =
            OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT.withDimensions(lengths));
        var leased = embedder.lease(EmbedderOptions.DEFAULT.withDimensions(lengths))) {
      for (OnnxTextEmbedder each : List.of(several, leased)) {
        Embedding embedding = each.embed(List.of(each.tokenise("the dog bites", null))).get(0);

        List<float[]> vectors = new ArrayList<>(List.of(embedding.vector()));
        vectors.addAll(embedding.others());
        assertThat(vectors).extracting(vector -> vector.length).isEqualTo(lengths);
        for (float[] vector : vectors) {
          try (var alone = embedder.lease(EmbedderOptions.DEFAULT.withDimensions(vector.length))) {
            assertThat(alone.embed(List.of(alone.tokenise("the dog bites", null))).get(0).vector())
                .isEqualTo(vector);
          }
        }
        assertThat(each.space().dimensions()).isEqualTo(6);
      }
    }
  }

  @Test
  void refusesAnUnlistedDimensionAndAnUnknownPromptAtStartUp() {
    assertThatThrownBy(
            () -> OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT.withDimensions(3)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage("Model tiny has no vectors of 3 dimensions; it has 4 to 8.");
    assertThatThrownBy(
            () ->
                OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT.withDimensions(List.of(4, 9))))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage("Model tiny has no vectors of 9 dimensions; it has 4 to 8.");
    assertThatThrownBy(
            () ->
                OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT.withDimensions(List.of(0, 8))))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(
            "The dimensions [0, 8] name one length twice: 0 stands for the 8 of model tiny.");
    assertThatThrownBy(
            () -> OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT.withPrompt("essay")))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage("Model tiny has no prompt 'essay'; it has passage, query, none.");
  }

  @Test
  void refusesACorruptTokeniserAndACorruptGraph(@TempDir Path directory) throws Exception {
    for (String corrupt : List.of(ModelDirectory.TOKENIZER_FILE, ModelDirectory.GRAPH_FILE)) {
      Path copy = Files.createDirectory(directory.resolve(corrupt + "-corrupt"));
      for (String file : List.of(ModelDirectory.TOKENIZER_FILE, ModelDirectory.GRAPH_FILE)) {
        Files.copy(model.path().resolve(file), copy.resolve(file));
      }
      Files.writeString(copy.resolve(corrupt), "{ \"not\": \"this\" }");
      describe(copy);

      assertThatThrownBy(
              () -> OnnxTextEmbedder.open(ModelDirectory.open(copy), EmbedderOptions.DEFAULT))
          .isInstanceOf(InvalidModelException.class)
          .hasMessageContaining(copy.resolve(corrupt).toString());
    }
  }

  @Test
  void refusesATokeniserThatAddsNoSpecialTokens(@TempDir Path copy) throws Exception {
    Files.copy(
        model.path().resolve(ModelDirectory.GRAPH_FILE), copy.resolve(ModelDirectory.GRAPH_FILE));
    var json = new ObjectMapper();
    ObjectNode tokeniser = (ObjectNode) json.readTree(model.tokenizerFile().toFile());
    tokeniser.putNull("post_processor");
    json.writeValue(copy.resolve(ModelDirectory.TOKENIZER_FILE).toFile(), tokeniser);
    describe(copy);

    assertThatThrownBy(
            () -> OnnxTextEmbedder.open(ModelDirectory.open(copy), EmbedderOptions.DEFAULT))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(
            "Tokeniser %s adds no special tokens, such as [CLS] and [SEP], to a text. Use the tokenizer.json that was published with the model.",
            copy.resolve(ModelDirectory.TOKENIZER_FILE));
  }

  @Test
  void probesWithAsManyTokensAsAsked() {
    for (int tokens : new int[] {1, 2, 3, 10, 16}) {
      embedder.probe(tokens);
    }
  }

  @Test
  void refusesTokenIdsThatTheGraphHasNoRowFor() {
    List<TokenIds> batch = List.of(new TokenIds(new long[] {2, 1_000_000, 3}, false));

    assertThatThrownBy(() -> embedder.embed(batch))
        .isInstanceOf(InferenceException.class)
        .hasMessageStartingWith("ONNX Runtime failed on a batch of 1 texts padded to 3 tokens: ");
  }

  private static void describe(Path copy) throws Exception {
    ModelDescription m = ModelDescription.read(TinyModelDirectory.path());
    new ModelDescription(
            m.formatVersion(),
            m.name(),
            m.revision(),
            m.sourceDigest(),
            m.inputs(),
            m.output(),
            m.hiddenSize(),
            m.dimensions(),
            m.pooling(),
            m.prompts(),
            m.maxTokens(),
            m.precision(),
            java.util.Map.of(
                ModelDirectory.GRAPH_FILE,
                ModelDirectory.sha256(copy.resolve(ModelDirectory.GRAPH_FILE)),
                ModelDirectory.TOKENIZER_FILE,
                ModelDirectory.sha256(copy.resolve(ModelDirectory.TOKENIZER_FILE))),
            null,
            m.layout(),
            m.specialTokensInText(),
            m.batchDependent())
        .write(copy);
  }

  private static Embedding embed(OnnxTextEmbedder embedder, String text) {
    return embedder.embed(List.of(embedder.tokenise(text, null))).get(0);
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder(WORDS.get(random.nextInt(WORDS.size())));
    for (int i = random.nextInt(20); i > 0; i--) {
      text.append(' ').append(WORDS.get(random.nextInt(WORDS.size())));
    }
    return text.toString();
  }

  private static double norm(float[] vector) {
    double squares = 0;
    for (float component : vector) {
      squares += (double) component * component;
    }
    return Math.sqrt(squares);
  }

  private static void assertRejected(ThrowingCallable call, Reason reason) {
    assertThatThrownBy(call)
        .asInstanceOf(InstanceOfAssertFactories.type(TextRejectedException.class))
        .extracting(TextRejectedException::reason)
        .isEqualTo(reason);
  }
}
