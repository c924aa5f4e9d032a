package dev.streambed.e2e.delivery;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * docs/examples/ReadEmbeddings.java, as docs/operations.md runs it.
 *
 * @param topic of embeddings
 * @param model the directory of the model that made them
 * @param folder for what it prints
 */
record GuideConsumer(KafkaBroker broker, String topic, Path model, Path folder) {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /** It refuses another space, and reads all embeddings and tombstones of its own. */
  void reads(List<String> keys, List<String> deletedKeys) throws Exception {
    VectorSpace space = ModelDescription.read(model).space();
    Path output = folder.resolve("read-embeddings.out");
    Process refuses = start(output, space.withDimensions(4));
    assertThat(refuses.waitFor(LIMIT.toSeconds(), SECONDS)).isTrue();
    assertThat(refuses.exitValue()).isOne();
    assertThat(output).content().doesNotContain("store ");
    assertThat(output.resolveSibling("read-embeddings.err"))
        .content()
        .contains(
            "Vectors of %s do not compare with those of %s"
                .formatted(space, space.withDimensions(4)));

    Process consumer = start(output, space);
    try {
      await("the consumer of the guide")
          .atMost(LIMIT)
          .until(() -> Files.readAllLines(output).size() >= keys.size() + deletedKeys.size());
      assertThat(Files.readAllLines(output))
          .containsExactlyInAnyOrderElementsOf(
              Stream.concat(
                      keys.stream().map("store %s: 8 dimensions of \"tiny\""::formatted),
                      deletedKeys.stream().map("delete %s"::formatted))
                  .toList());
    } finally {
      consumer.destroyForcibly().waitFor();
    }
  }

  private Process start(Path output, VectorSpace space) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "../docs/examples/ReadEmbeddings.java",
            broker.bootstrapServers(),
            topic,
            space.toString())
        .redirectOutput(output.toFile())
        .redirectError(output.resolveSibling("read-embeddings.err").toFile())
        .start();
  }
}
