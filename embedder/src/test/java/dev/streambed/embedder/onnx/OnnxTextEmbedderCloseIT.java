package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How the runs of an embedder end. */
class OnnxTextEmbedderCloseIT {
  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());
  private final OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);

  @AfterEach
  void close() {
    embedder.close();
    embedder.close(); // idempotent
  }

  @Test
  void failsSoonAfterBeingTerminated() {
    embedder.terminate();

    assertThatThrownBy(embedder::probe).isInstanceOf(InferenceException.class);
  }

  @Test
  void aLeaseEndsItsOwnRunsAlone() {
    OnnxTextEmbedder first = embedder.lease();
    OnnxTextEmbedder second = embedder.lease();

    first.terminate();
    second.close();

    assertThatThrownBy(first::probe).isInstanceOf(InferenceException.class);
    assertThatThrownBy(second::probe).isInstanceOf(InferenceException.class);
    embedder.probe();
    embedder.lease().probe();
  }

  @Test
  void aBatcherThatIsClosedLeavesItsEmbedderUsable() throws Exception {
    try (var batcher =
        new MicroBatcher(embedder, BatchPolicy.DEFAULT, new BatcherOptions(2, 10, 0))) {
      batcher.embedAll(List.of("the people", "the world"), null);
    }

    assertThat(embed(embedder, "the world").vector()).hasSize(8);
  }

  @Test
  void closingAnEmbedderThatIsUsedFailsItsRunsAndNothingElse() throws Exception {
    for (int i = 0; i < 50; i++) {
      var used = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);
      List<TokenIds> batch = List.of(used.tokenise("the people of the world", null));
      var running = new java.util.concurrent.CountDownLatch(1);
      var user =
          new Thread(
              () -> {
                try {
                  for (; ; running.countDown()) {
                    used.tokenise("the world", null);
                    used.embed(batch);
                  }
                } catch (InferenceException | IllegalStateException e) {
                  // it was closed
                }
              });
      user.start();
      running.await();

      used.close();
      user.join();
    }
    embedder.probe();
  }

  private static Embedding embed(OnnxTextEmbedder embedder, String text) {
    return embedder.embed(List.of(embedder.tokenise(text, null))).get(0);
  }
}
