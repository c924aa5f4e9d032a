package dev.streambed.cli.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EmbedRunIT {
  private static final Path TINY = Path.of("../embedder/src/test/resources/tiny-model");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final List<OnnxTextEmbedder> embedders = new ArrayList<>();

  @AfterEach
  void close() {
    embedders.forEach(OnnxTextEmbedder::close);
  }

  @Test
  void writesTheEmbeddingsInTheOrderOfTheLinesEachAsTheLibraryGivesIt() throws Exception {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      texts.add("the dog ".repeat(i % 7) + "number " + i);
    }

    boolean all = run(String.join("\n", texts)).embedTexts();

    List<JsonNode> lines = lines();
    OnnxTextEmbedder embedder = open();
    assertThat(all).isTrue();
    assertThat(lines).extracting(line -> line.get("text").asText()).isEqualTo(texts);
    for (int i = 0; i < texts.size(); i += 100) {
      Embedding expected = embedder.embed(List.of(embedder.tokenise(texts.get(i), null))).get(0);
      assertThat(vector(lines.get(i))).describedAs("line %d", i).isEqualTo(expected.vector());
      assertThat(lines.get(i).get("tokens").asInt()).isEqualTo(expected.tokens());
    }
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void aBadLineGivesAnErrorInItsPlaceAndTheOthersAreEmbedded() throws Exception {
    byte[] input = "hello\n\n?ad\nworld\n".getBytes(StandardCharsets.UTF_8);
    input[7] = (byte) 0xc3; // cannot be followed by 'a'
    String tooLong = "x".repeat(EmbedderOptions.DEFAULT_MAX_CHARACTERS + 1);
    var bytes = new ByteArrayOutputStream();
    bytes.write(input);
    bytes.write(tooLong.getBytes(StandardCharsets.UTF_8));

    boolean all = run(new ByteArrayInputStream(bytes.toByteArray()), out).embedTexts();

    assertThat(all).isFalse();
    assertThat(lines())
        .extracting(line -> line.path("text").asText() + line.path("error").asText())
        .containsExactly("hello", "BLANK", "INVALID_UTF8", "world", "TOO_LONG");
    assertThat(lines().get(2).get("line").asInt()).isEqualTo(3);
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "streambed: line 2: Nothing is left of the text (0 characters) to embed.",
            "streambed: line 3: The line is not valid UTF-8: byte 1.",
            "streambed: line 5: The text has 1000001 characters; the limit is 1000000.",
            "streambed: 3 of 5 lines could not be embedded");
  }

  @Test
  void reportsOnlyTheFirstBadLinesOnStandardError() throws Exception {
    run("\n".repeat(50)).embedTexts();

    assertThat(lines()).hasSize(50);
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .hasSize(11)
        .last()
        .isEqualTo("streambed: 50 of 50 lines could not be embedded");
  }

  @Test
  void longTextsAreTruncatedAndSaySo() throws Exception {
    run("dog ".repeat(2000)).embedTexts();

    assertThat(lines().get(0).get("truncated").asBoolean()).isTrue();
    assertThat(lines().get(0).get("tokens").asInt()).isEqualTo(16);
  }

  @Test
  void tokenIdsGiveTheVectorOfTheirText() throws Exception {
    run("hello world").embedTexts();
    run("[2,92,93,3]\n[2]\n[2,99999,3]\nnonsense\n").embedTokenIds();

    List<JsonNode> lines = lines();
    assertThat(vector(lines.get(1))).isEqualTo(vector(lines.get(0)));
    assertThat(lines.get(1).get("tokens").asInt()).isEqualTo(4);
    assertThat(lines.get(2).get("tokens").asInt()).isEqualTo(1);
    assertThat(lines.get(3).get("error").asText()).isEqualTo("INFERENCE_FAILED");
    assertThat(lines.get(4).get("error").asText()).isEqualTo("INVALID_TOKEN_IDS");
  }

  @Test
  void writesWhatItHasWhileMoreInputIsAwaited() throws Exception {
    CountDownLatch written = new CountDownLatch(1);
    OutputStream watched =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new UnsupportedOperationException();
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            written.countDown();
          }
        };
    PipedInputStream in = new PipedInputStream();
    Thread runner = new Thread(() -> runUnchecked(run(in, watched)));
    try (PipedOutputStream typed = new PipedOutputStream(in)) {
      typed.write("hello\n".getBytes(StandardCharsets.UTF_8));
      runner.start();

      assertThat(written.await(30, TimeUnit.SECONDS)).isTrue();
    }
    runner.join();
  }

  @Test
  void anOutputThatFailsEndsTheRun() {
    InputStream in =
        new ByteArrayInputStream("hello\n".repeat(100_000).getBytes(StandardCharsets.UTF_8));
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };

    assertThatThrownBy(() -> run(in, full).embedTexts())
        .isInstanceOf(IOException.class)
        .hasMessage("No space left on device");
  }

  @Test
  void anInputThatFailsEndsTheRunAfterWhatWasRead() throws Exception {
    InputStream failing =
        new InputStream() {
          private final byte[] start = "hello\nwor".getBytes(StandardCharsets.UTF_8);
          private int position;

          @Override
          public int read() throws IOException {
            if (position == start.length) {
              throw new IOException("Input/output error");
            }
            return start[position++];
          }

          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            buffer[offset] = (byte) read();
            return 1;
          }
        };

    assertThatThrownBy(() -> run(failing, out).embedTexts())
        .isInstanceOf(CommandFailedException.class)
        .hasMessage("Cannot read the input: java.io.IOException: Input/output error");
    assertThat(lines()).extracting(line -> line.get("text").asText()).containsExactly("hello");
  }

  private static void runUnchecked(EmbedRun run) {
    try {
      run.embedTexts();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException("The run failed.", e);
    }
  }

  private EmbedRun run(String input) {
    return run(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), out);
  }

  private EmbedRun run(InputStream in, OutputStream output) {
    return new EmbedRun(
        open(), in, output, new PrintStream(err, /* autoFlush= */ true, StandardCharsets.UTF_8));
  }

  /** One for each run: a run ends its embedder. */
  private OnnxTextEmbedder open() {
    OnnxTextEmbedder embedder =
        OnnxTextEmbedder.open(
            ModelDirectory.open(TINY), EmbedderOptions.DEFAULT.withPrompt("none"));
    embedders.add(embedder);
    return embedder;
  }

  private List<JsonNode> lines() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : out.toString(StandardCharsets.UTF_8).lines().toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private static float[] vector(JsonNode line) {
    float[] vector = new float[line.get("embedding").size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = Float.parseFloat(line.get("embedding").get(i).asText());
    }
    return vector;
  }
}
