package dev.streambed.operator;

import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;

/** The operator that {@link EmbeddingFunction#embed} adds to a job, in Flink's harness. */
final class EmbeddingHarness {
  static final int MAX_PARALLELISM = 128;

  private EmbeddingHarness() {}

  static OneInputStreamOperatorTestHarness<Line, Enriched<Line>> of(
      TextEmbedder embedder, BatchingOptions batching) throws Exception {
    return of(new Registered(embedder), batching, /* parallelism= */ 1, /* subtask= */ 0);
  }

  /** A subtask of a job. */
  @SuppressWarnings("unchecked") // a DataStream does not say what its operator takes
  static OneInputStreamOperatorTestHarness<Line, Enriched<Line>> of(
      TextEmbedderFactory embedders, BatchingOptions batching, int parallelism, int subtask)
      throws Exception {
    DataStream<Line> lines =
        StreamExecutionEnvironment.createLocalEnvironment(1)
            .fromData(Line.TYPE, new Line(0, "not in the harness"));
    var added =
        (OneInputTransformation<Line, Enriched<Line>>)
            EmbeddingFunction.embed(
                    lines, embedders, new Line.Extractor(), batching, Line.ENRICHED_TYPE)
                .getTransformation();
    var serializers = new ExecutionConfig().getSerializerConfig();
    var harness =
        new OneInputStreamOperatorTestHarness<>(
            (OneInputStreamOperatorFactory<Line, Enriched<Line>>) added.getOperatorFactory(),
            MAX_PARALLELISM,
            parallelism,
            subtask);
    harness.getStreamConfig().setupNetworkInputs(Line.TYPE.createSerializer(serializers));
    harness.getStreamConfig().serializeAllConfigs();
    harness.setup(Line.ENRICHED_TYPE.createSerializer(serializers));
    return harness;
  }

  /** Finishes each batch that starts, until it is interrupted. */
  static Thread finishAll(ManualTextEmbedder embedder) {
    Thread finisher =
        new Thread(
            () -> {
              try {
                while (!Thread.interrupted()) {
                  StartedBatch batch = embedder.pollBatch();
                  if (batch != null) {
                    batch.finish();
                  }
                }
              } catch (InterruptedException e) {
                // the test is over
              }
            });
    finisher.start();
    return finisher;
  }

  /** Finds the embedder of a test again after the function was serialised. */
  static final class Registered implements TextEmbedderFactory {
    private static final long serialVersionUID = 1L;
    private static final Map<Integer, TextEmbedder> EMBEDDERS = new ConcurrentHashMap<>();
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int number = NEXT.incrementAndGet();

    Registered(TextEmbedder embedder) {
      EMBEDDERS.put(number, embedder);
    }

    @Override
    public TextEmbedder open(OptionalInt gpu) {
      TextEmbedder embedder = EMBEDDERS.remove(number);
      if (embedder == null) {
        throw new IllegalStateException("An embedder is opened once.");
      }
      return embedder;
    }
  }
}
