package dev.streambed.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.server.ServerOptions.Address;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * OpenAI's client for Node.js, which asks for base64 by itself. Left out where there is no Node.js,
 * or where npm gets no packages; .ci/run says so.
 */
@Timeout(300)
class NodeClientIT {
  private static final Path SOURCE = Path.of("src/test/node");
  private static final Path TARGET = Path.of("target/node");
  private static final String TEXT = "the dog bites the man";
  private static final String KEY = "canary-key-7d21";

  @Test
  void getsTheVectorsOfTheEmbedderAndShowsItsErrors() throws Exception {
    assumeTrue(
        isPossible(),
        "NOT TESTED: OpenAI's client for Node.js. There is no node, no npm, or no package.");
    ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());
    ServerOptions options =
        ServerOptions.DEFAULT
            .withAddress(new Address("127.0.0.1", 0, null))
            .withKeys(ApiKeys.of(List.of(KEY)));

    try (OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);
        EmbeddingServer server = EmbeddingServer.start(embedder, options)) {
      Process node = run("node", "client.mjs", server.url() + "/v1", KEY, TEXT);
      List<String> lines =
          new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      float[] expected = embedder.embed(List.of(embedder.tokenise(TEXT, null))).get(0).vector();

      assertThat(node.waitFor()).as("%s", lines).isZero();
      assertThat(vector(lines.get(0))).isEqualTo(expected);
      assertThat(vector(lines.get(1))).isEqualTo(expected);
      assertThat(lines.get(2))
          .isEqualTo("NotFoundError: 404 There is no such model here; there is tiny.");
    }
  }

  private static float[] vector(String json) throws IOException {
    return ServerClient.vector(new JsonMapper().readTree(json));
  }

  /** Installs the package below the build's directory, once. */
  private static boolean isPossible() throws IOException, InterruptedException {
    Files.createDirectories(TARGET);
    for (String file : List.of("package.json", "package-lock.json", ".npmrc", "client.mjs")) {
      Files.write(TARGET.resolve(file), Files.readAllBytes(SOURCE.resolve(file)));
    }
    try {
      return ends("node", "--version")
          && (Files.exists(TARGET.resolve("node_modules/openai")) || ends("npm", "ci"));
    } catch (IOException e) {
      return false; // there is no such program
    }
  }

  private static boolean ends(String... command) throws IOException, InterruptedException {
    Process process = run(command);
    process.getInputStream().readAllBytes();
    return process.waitFor() == 0;
  }

  private static Process run(String... command) throws IOException {
    return new ProcessBuilder(command).directory(TARGET.toFile()).redirectErrorStream(true).start();
  }
}
