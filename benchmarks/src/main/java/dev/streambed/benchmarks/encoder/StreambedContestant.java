package dev.streambed.benchmarks.encoder;

import dev.streambed.benchmarks.contestant.Contestant;
import dev.streambed.benchmarks.contestant.ContestantServer;
import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.setup.OnnxRuntime;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.annotation.Internal;

/**
 * Streambed's micro-batcher, fed by one caller with as many texts in flight as its Flink operator
 * allows, whose results leave in the order of the texts.
 */
@Internal
public final class StreambedContestant implements Contestant {
  private final MicroBatcher batcher;
  private final int capacity;

  private StreambedContestant(MicroBatcher batcher, int capacity) {
    this.batcher = batcher;
    this.capacity = capacity;
  }

  public static void main(String[] arguments) throws Exception {
    ContestantServer.serve(arguments, StreambedContestant::open);
  }

  static StreambedContestant open(ModelFiles model) {
    int workers = Runtime.getRuntime().availableProcessors();
    // The formula of BatchingOptions: docs/decisions/0004.
    int capacity = BatchPolicy.DEFAULT.maxRecords() * (workers + 2);
    OnnxTextEmbedder embedder =
        OnnxTextEmbedder.open(
            ModelDirectory.open(model.streambed()),
            EmbedderOptions.DEFAULT.withPrompt(
                EmbedderOptions.NO_PROMPT)); // as peers, which know none
    return new StreambedContestant(
        new MicroBatcher(embedder, BatchPolicy.DEFAULT, workers, capacity, Thread::new), capacity);
  }

  @Override
  public Map<String, String> facts() {
    return OnnxRuntime.facts();
  }

  @Override
  public float[][] embed(String[] texts, String variant) throws InterruptedException {
    float[][] vectors = new float[texts.length][];
    Queue<CompletableFuture<Embedding>> inFlight = new ArrayDeque<>(capacity);
    int next = 0;
    for (String text : texts) {
      if (inFlight.size() == capacity) {
        vectors[next++] = inFlight.remove().join().vector();
      }
      inFlight.add(batcher.submit(text, null));
    }
    while (!inFlight.isEmpty()) {
      vectors[next++] = inFlight.remove().join().vector();
    }
    return vectors;
  }
}
