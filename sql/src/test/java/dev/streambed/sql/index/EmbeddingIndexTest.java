package dev.streambed.sql.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.query.Nearest.Hit;
import dev.streambed.query.VectorIndex;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingIndexTest {
  private static final int DIMENSIONS = 16;

  @TempDir private Path parent;

  private EmbeddingIndex open(int exactBelow, int candidates) throws Exception {
    return new EmbeddingIndex(
        Files.createDirectory(parent.resolve("index")),
        new IndexSettings(exactBelow, candidates, 16, 100, /* buffer= */ null));
  }

  private static float[] unit(Random random) {
    float[] vector = new float[DIMENSIONS];
    double sum = 0;
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] = (float) random.nextGaussian();
      sum += (double) vector[i] * vector[i];
    }
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] /= (float) Math.sqrt(sum);
    }
    return vector;
  }

  private static List<String> contents(List<Hit<byte[]>> hits) {
    return hits.stream().map(hit -> new String(hit.item(), UTF_8)).toList();
  }

  @Test
  void replacesAndRemovesByKey() throws Exception {
    try (EmbeddingIndex index = open(1000, 10)) {
      for (int i = 0; i < 50; i++) { // with so many, a segment keeps what was removed from it
        index.put(Integer.toString(i).getBytes(UTF_8), new float[] {-1, 0}, new byte[0]);
      }
      index.put("a".getBytes(UTF_8), new float[] {1, 0}, "old".getBytes(UTF_8));
      index.put("a".getBytes(UTF_8), new float[] {0, 1}, "new".getBytes(UTF_8));
      index.put("b".getBytes(UTF_8), new float[] {30, 40}, "long".getBytes(UTF_8));
      index.put("c".getBytes(UTF_8), new float[] {0, 1}, "gone".getBytes(UTF_8));
      assertThat(index.search(new float[] {0, 1}, 3)).isEmpty(); // not before a refresh
      index.refresh();
      assertThat(contents(index.search(new float[] {0, 1}, 3))).contains("gone");
      index.remove("c".getBytes(UTF_8));
      index.refresh();

      List<Hit<byte[]>> hits = index.search(new float[] {0, 1}, 2);

      assertThat(contents(hits)).containsExactly("new", "long");
      assertThat(hits.get(1).score()).isBetween(0.7999, 0.8001);
      assertThat(index.size()).isEqualTo(52);
    }
    assertThat(parent.resolve("index")).doesNotExist();
  }

  /** Through the graph, of segments with vectors that were replaced and removed. */
  @Test
  void findsWhatAnExactSearchFinds() throws Exception {
    var random = new Random(1);
    VectorIndex<String> exact = new VectorIndex<>();
    try (EmbeddingIndex graph = open(/* exactBelow= */ 0, /* candidates= */ 60)) {
      for (int i = 0; i < 3_000; i++) {
        byte[] key = Integer.toString(i).getBytes(UTF_8);
        graph.put(key, unit(random), "wrong".getBytes(UTF_8));
        if (i % 700 == 0) {
          graph.refresh(); // makes a segment
        }
      }
      for (int i = 0; i < 3_000; i++) {
        byte[] key = Integer.toString(i).getBytes(UTF_8);
        if (i % 3 == 0) {
          graph.remove(key);
        } else {
          float[] vector = unit(random);
          graph.put(key, vector, key);
          exact.add(vector, Integer.toString(i));
        }
      }
      graph.refresh();

      int found = 0;
      for (int i = 0; i < 50; i++) {
        float[] query = unit(random);
        List<Hit<byte[]>> hits = graph.search(query, 10);
        Set<String> wanted = new HashSet<>();
        exact.search(query, 10).forEach(hit -> wanted.add(hit.item()));
        assertThat(hits).hasSize(10);
        found += (int) contents(hits).stream().filter(wanted::contains).count();
        if (wanted.contains(contents(hits).get(0))) {
          assertThat(hits.get(0).score())
              .isLessThanOrEqualTo(exact.search(query, 1).get(0).score());
        }
      }

      assertThat(found / 500.0).isBetween(0.95, 1.0);
    }
  }

  @Test
  void refusesVectorsOfOtherLengths() throws Exception {
    try (EmbeddingIndex index = open(10, 10)) {
      index.put("a".getBytes(UTF_8), new float[] {1, 0}, new byte[0]);
      index.refresh();

      assertThatThrownBy(() -> index.search(new float[] {1, 0, 0}, 1))
          .hasMessage("The vector of the query has 3 dimensions, those of the topic have 2.");
      assertThatThrownBy(() -> index.put(new byte[1], new float[1025], new byte[0]))
          .hasMessage("An index takes vectors of up to 1024 dimensions, not 1025.");
    }
  }

  @Test
  void writesAGraphOnlyWhenTheBufferIsFull() throws Exception {
    assertThat(writesAGraphOfTwentyMegabytes(MemorySize.ofMebiBytes(16))).isTrue();
    assertThat(writesAGraphOfTwentyMegabytes(MemorySize.ofMebiBytes(64))).isFalse();
  }

  private boolean writesAGraphOfTwentyMegabytes(MemorySize buffer) throws Exception {
    Path folder = Files.createTempDirectory(parent, "index");
    try (var index = new EmbeddingIndex(folder, new IndexSettings(0, 1, 2, 1, buffer))) {
      float[] vector = new float[1024];
      for (int i = 0; i < 5_000; i++) {
        vector[i % vector.length] = 1;
        index.put(Integer.toString(i).getBytes(UTF_8), vector, new byte[0]);
      }
      try (Stream<Path> files = Files.list(folder)) {
        return files.anyMatch(file -> file.toString().endsWith(".cfs"));
      }
    }
  }
}
