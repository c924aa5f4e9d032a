package dev.streambed.embedder.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.TextRequest.Content;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class EmbeddingCacheTest {
  private static final Content TEXT = new Content("text", null);

  @Test
  void keepsVectorsOfAllLengthsAndGivesAwayCopies() {
    var cache = new EmbeddingCache(10_000);
    cache.keep(TEXT, embedding(2));

    Objects.requireNonNull(cache.find(TEXT)).others().get(0)[0] = -1;

    assertThat(Objects.requireNonNull(cache.find(TEXT)).others().get(0)).containsExactly(0, 0);
  }

  @Test
  void countsTheVectorsOfAllLengths() {
    var cache = new EmbeddingCache(1_000); // an entry takes 256 bytes beside its vectors
    cache.keep(TEXT, embedding(100));
    assertThat(cache.find(TEXT)).isNotNull();

    cache.keep(TEXT, embedding(200)); // 800 bytes

    assertThat(cache.find(TEXT)).isNull();
  }

  private static Embedding embedding(int otherDimensions) {
    return new Embedding(new float[] {1}, List.of(new float[otherDimensions]), 3, false, 0);
  }
}
