package dev.streambed.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.server.ServerOptions.Address;
import dev.streambed.server.ServerOptions.Defaults;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The queries of docs/examples/serve, which the guides show, against a server at another port: each
 * gets the vector of the embedder.
 */
@Timeout(120)
class ExamplesIT {
  private static final Path EXAMPLES = Path.of("../docs/examples/serve");
  private static final String QUERY = "prices of food"; // as they ask

  private static OnnxTextEmbedder embedder;
  private static EmbeddingServer server;

  @TempDir private Path folder;

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
                .withDefaults(
                    new Defaults(EmbedderOptions.DEFAULT, Set.of("all-MiniLM-L6-v2"), true)));
  }

  @AfterAll
  static void stop() {
    server.close();
    embedder.close();
  }

  @Test
  void curl() throws Exception {
    Process curl = start("bash", example("query.sh"));
    var answer = new JsonMapper().readTree(curl.getInputStream().readAllBytes());

    assertThat(curl.waitFor()).isZero();
    assertThat(ServerClient.vector(answer.get("data").get(0).get("embedding")))
        .isEqualTo(expected());
  }

  @Test
  void pythonsOwnLibrary() throws Exception {
    skipUnless(ends("python3", "--version"), "query.py", "there is no python3");

    assertThat(printed("python3", example("query.py"))).isEqualTo(expected());
  }

  @Test
  void openAisPythonClient() throws Exception {
    skipUnless(ends("python3", "--version"), "query_openai.py", "there is no python3");
    String example = example("query_openai.py");
    assertThat(ends("python3", "-m", "py_compile", example)).isTrue();
    skipUnless(ends("python3", "-c", "import openai"), "query_openai.py", "python3 has no openai");

    assertThat(printed("python3", example)).isEqualTo(expected());
  }

  @Test
  void openAisJavaClient() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classPath = System.getProperty("java.class.path");

    assertThat(printed(java, "-cp", classPath, example("Query.java"))).isEqualTo(expected());
  }

  private static float[] expected() {
    return embedder.embed(List.of(embedder.tokenise(QUERY, null))).get(0).vector();
  }

  /** The vector that a program prints as a list of numbers. */
  private static float[] printed(String... command) throws Exception {
    Process process = start(command);
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isZero();
    return ServerClient.vector(new JsonMapper().readTree(out));
  }

  /** A copy for this test's server. */
  private String example(String name) throws IOException {
    String text = Files.readString(EXAMPLES.resolve(name));
    assertThat(text).contains("http://127.0.0.1:8080/").contains(QUERY);
    Path copy = folder.resolve(name);
    return Files.writeString(copy, text.replace("http://127.0.0.1:8080", server.url())).toString();
  }

  private static boolean ends(String... command) throws InterruptedException {
    try {
      return start(command).waitFor() == 0;
    } catch (IOException e) {
      return false; // there is no such program
    }
  }

  private static Process start(String... command) throws IOException {
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    return builder.start();
  }

  /** Skips the test, and says so where people look. */
  private static void skipUnless(boolean holds, String example, String missing) {
    if (!holds) {
      System.err.println(
          "NOT TESTED: docs/examples/serve/%s, since %s".formatted(example, missing));
    }
    assumeTrue(holds, missing);
  }
}
