package dev.streambed.operator.stream;

import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.TextEmbedderFactory;
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

/** The operator that {@link StreamEmbedder} adds to a job, in Flink's harness. */
public final class EmbeddingHarness {
  public static final int MAX_PARALLELISM = 128;

  private EmbeddingHarness() {}

  static OneInputStreamOperatorTestHarness<Line, Embedded<Line>> of(
      TextEmbedder embedder, BatchingOptions batching) throws Exception {
    return of(new Registered(embedder), batching, /* parallelism= */ 1, /* subtask= */ 0);
  }

  static StreamEmbedderBuilder<Line> builder(
      TextEmbedderFactory embedders, BatchingOptions batching) {
    return StreamEmbedder.<Line>builder()
        .setEmbedders(embedders)
        .setBatching(batching)
        .setText(Line::text)
        .setMissingText(MissingText.PASS)
        .setFailures(Line.FAILED);
  }

  static OneInputStreamOperatorTestHarness<Line, Embedded<Line>> of(
      StreamEmbedderBuilder<Line> builder) throws Exception {
    return of(builder.build(), /* parallelism= */ 1, /* subtask= */ 0);
  }

  static OneInputStreamOperatorTestHarness<Line, Embedded<Line>> of(
      TextEmbedderFactory embedders, BatchingOptions batching, int parallelism, int subtask)
      throws Exception {
    return of(builder(embedders, batching).build(), parallelism, subtask);
  }

  /** A subtask of a job. */
  @SuppressWarnings("unchecked") // a DataStream does not say what its operator takes
  static OneInputStreamOperatorTestHarness<Line, Embedded<Line>> of(
      StreamEmbedder<Line> streamEmbedder, int parallelism, int subtask) throws Exception {
    DataStream<Line> lines =
        StreamExecutionEnvironment.createLocalEnvironment(1)
            .fromData(Line.TYPE, new Line(0, "not in the harness"));
    var added =
        (OneInputTransformation<Line, Embedded<Line>>)
            streamEmbedder.embed(lines).getTransformation();
    var serializers = new ExecutionConfig().getSerializerConfig();
    var harness =
        new OneInputStreamOperatorTestHarness<>(
            (OneInputStreamOperatorFactory<Line, Embedded<Line>>) added.getOperatorFactory(),
            MAX_PARALLELISM,
            parallelism,
            subtask);
    harness.getStreamConfig().setupNetworkInputs(Line.TYPE.createSerializer(serializers));
    harness.getStreamConfig().serializeAllConfigs();
    harness.setup(Embedded.type(Line.TYPE).createSerializer(serializers));
    return harness;
  }

  /** Finishes each batch that starts, until it is interrupted. */
  public static Thread finishAll(ManualTextEmbedder embedder) {
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
  public static final class Registered implements TextEmbedderFactory {
    private static final long serialVersionUID = 1L;
    private static final Map<Integer, TextEmbedder> EMBEDDERS = new ConcurrentHashMap<>();
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int number = NEXT.incrementAndGet();

    public Registered(TextEmbedder embedder) {
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
