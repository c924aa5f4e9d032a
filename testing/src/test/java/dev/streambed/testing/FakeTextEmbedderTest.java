package dev.streambed.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.batch.MicroBatcher;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FakeTextEmbedderTest {
  private final FakeTextEmbedder embedder = new FakeTextEmbedder(8);

  @Test
  void givesEqualTextsEqualUnitVectorsAndOthersOthers() {
    float[] vector = embedder.vector("four score", null);

    assertThat(vector).hasSize(8).isEqualTo(embedder.vector("four score", null));
    assertThat(vector).isEqualTo(embedder.vector("four score", "none"));
    assertThat(vector).isNotEqualTo(embedder.vector("four scores", null));
    assertThat(vector).isNotEqualTo(embedder.vector("four score", "query"));
    double squares = 0;
    for (float component : vector) {
      squares += component * component;
    }
    assertThat(squares).isCloseTo(1, within(1e-6)); // rounding of floats
  }

  @Test
  void worksUnderABatcher() throws Exception {
    List<String> texts = new ArrayList<>();
    for (int i = 1; i <= 1000; i++) {
      texts.add("word ".repeat(i % 50 + 1) + i);
    }
    try (var batcher =
        new MicroBatcher(embedder, BatchPolicy.DEFAULT, new BatcherOptions(2, 100, 0))) {
      var embeddings = batcher.embedAll(texts, null);

      for (int i = 0; i < texts.size(); i++) {
        assertThat(embeddings.get(i).vector()).isEqualTo(embedder.vector(texts.get(i), null));
      }
    }
  }

  @Test
  void rejectsWhatProductionRejectsAndOneTextOnDemand() {
    assertThatThrownBy(() -> embedder.vector(" ", null))
        .isInstanceOf(TextRejectedException.class)
        .extracting(failure -> ((TextRejectedException) failure).reason())
        .isEqualTo(Reason.BLANK);
    assertThatThrownBy(() -> embedder.vector(FakeTextEmbedder.REJECTED, null))
        .isInstanceOf(TextRejectedException.class)
        .extracting(failure -> ((TextRejectedException) failure).reason())
        .isEqualTo(Reason.INFERENCE_FAILED);
  }
}
