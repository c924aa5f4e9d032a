package dev.streambed.benchmarks.sql;

import dev.streambed.benchmarks.pipeline.PipelineSettings;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Vectors to search among, and queries for them. There are more vectors than texts at hand: each is
 * that of a real text, moved by noise of half its length. The queries are vectors of other texts.
 *
 * @param space of all of them
 */
record SearchedVectors(VectorSpace space, List<float[]> vectors, List<float[]> queries) {
  static final int DIMENSIONS = 256;
  static final double NOISE = 0.5;

  private static final int QUERY_EVERY = 5; // one text of five is a query
  private static final long SEED = 7;

  SearchedVectors {
    vectors = List.copyOf(vectors);
    queries = List.copyOf(queries);
  }

  /** So many vectors, of the texts of the benchmark. */
  static SearchedVectors of(PipelineSettings settings, int count) throws InterruptedException {
    ModelDirectory model = ModelDirectory.open(settings.model().streambed());
    List<float[]> real = embed(model, settings.texts());
    List<float[]> texts = new ArrayList<>();
    List<float[]> queries = new ArrayList<>();
    for (int i = 0; i < real.size(); i++) {
      (i % QUERY_EVERY == 0 ? queries : texts).add(real.get(i));
    }
    Random random = new Random(SEED);
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      vectors.add(moved(texts.get(i % texts.size()), random));
    }
    return new SearchedVectors(model.description().space(DIMENSIONS), vectors, queries);
  }

  private static List<float[]> embed(ModelDirectory model, List<String> texts)
      throws InterruptedException {
    int workers = Runtime.getRuntime().availableProcessors();
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);
        var batcher =
            new MicroBatcher(embedder, BatchPolicy.DEFAULT, workers, texts.size(), Thread::new)) {
      return batcher.embedAll(texts, /* promptName= */ null).stream()
          .map(Embedding::vector)
          .map(vector -> unit(Arrays.copyOf(vector, DIMENSIONS)))
          .toList();
    }
  }

  private static float[] moved(float[] vector, Random random) {
    float[] moved = vector.clone();
    double step = NOISE / Math.sqrt(moved.length);
    for (int i = 0; i < moved.length; i++) {
      moved[i] += (float) (step * random.nextGaussian());
    }
    return unit(moved);
  }

  private static float[] unit(float[] vector) {
    double sum = 0;
    for (float component : vector) {
      sum += (double) component * component;
    }
    double norm = Math.sqrt(sum);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] / norm);
    }
    return vector;
  }
}
