package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class EmbeddingFunctionTest {
  private static final BatchingOptions BATCHING = new BatchingOptions(8, 100, 1);

  private final ManualTextEmbedder embedder = new ManualTextEmbedder();

  @AfterEach
  void noWorkerIsLeft() {
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("embed-worker"));
  }

  @Test
  void keepsOrderTimestampsAndWatermarks() throws Exception {
    try (var harness = open(embedder)) {
      harness.processElement(new Line(1, "a"), 10);
      StartedBatch first = embedder.nextBatch();
      harness.processElement(new Line(2, "bbbb"), 20);
      harness.processWatermark(25);
      harness.processElement(new Line(3, "cc"), 30);

      first.finish();
      StartedBatch second = embedder.nextBatch();
      assertThat(second.firstCharacters()).isEqualTo("cb"); // the batch is ordered by length
      second.finish();
      harness.endInput();

      assertThat(harness.getOutput().stream().map(EmbeddingFunctionTest::describe))
          .containsExactly(
              "1 [97.0, 1.0] @10", "2 [98.0, 4.0] @20", "watermark 25", "3 [99.0, 2.0] @30");
    }
  }

  @Test
  void makesAResultOfARejectedText() throws Exception {
    try (var harness = open(embedder)) {
      harness.processElement(new Line(1, "a"), 10);
      embedder.nextBatch().finish();
      harness.processElement(new Line(2, ManualTextEmbedder.REJECTED), 20);
      harness.endInput();

      assertThat(harness.extractOutputValues()).hasSize(2);
      Enriched<Line> failed = harness.extractOutputValues().get(1);
      assertThat(failed.isFailed()).isTrue();
      assertThat(failed.isEmbedded()).isFalse();
      assertThat(failed.input()).isEqualTo(new Line(2, "#"));
      assertThat(failed.failureReason()).isEqualTo("BLANK");
      assertThat(failed.failureMessage()).isEqualTo("rejected by the test");
    }
  }

  @Test
  void passesARecordWithoutTextThroughInItsPlace() throws Exception {
    try (var harness = open(embedder)) {
      harness.processElement(new Line(1, "a"), 10);
      StartedBatch batch = embedder.nextBatch();
      harness.processElement(new Line(2, null), 20);
      runMails(harness);
      assertThat(harness.getOutput()).isEmpty(); // it does not overtake the first

      batch.finish();
      harness.endInput();

      assertThat(harness.getOutput().stream().map(EmbeddingFunctionTest::describe))
          .containsExactly("1 [97.0, 1.0] @10", "2 null @20");
    }
  }

  @Test
  void keepsRecordsInFlightInTheSnapshotAndReplaysThemInOrder() throws Exception {
    OperatorSubtaskState snapshot;
    try (var harness = open(embedder)) {
      harness.processElement(new Line(1, "a"), 10);
      harness.processElement(new Line(2, ManualTextEmbedder.REJECTED), 20);
      embedder.nextBatch(); // never finishes
      harness.processElement(new Line(3, null), 30);
      harness.processElement(new Line(4, "dd"), 40);
      snapshot = harness.snapshot(1, 1);
      assertThat(harness.getOutput()).isEmpty();
    }

    var restoredEmbedder = new ManualTextEmbedder();
    try (var harness = harness(restoredEmbedder)) {
      harness.initializeState(snapshot);
      harness.open();
      Thread finisher = finishAll(restoredEmbedder);
      harness.endInput();
      finisher.interrupt();
      finisher.join();

      assertThat(harness.getOutput().stream().map(EmbeddingFunctionTest::describe))
          .containsExactly(
              "1 [97.0, 1.0] @10", "2 failed BLANK @20", "3 null @30", "4 [100.0, 2.0] @40");
    }
  }

  @Test
  void replaysAResultThatWasReadyButNotEmitted() throws Exception {
    OperatorSubtaskState snapshot;
    try (var harness = open(embedder)) {
      harness.processElement(new Line(1, "a"), 10);
      embedder.nextBatch().finish(); // its mail waits in the mailbox, which nobody runs
      snapshot = harness.snapshot(1, 1);
      assertThat(harness.getOutput()).isEmpty();
    }

    var restoredEmbedder = new ManualTextEmbedder();
    try (var harness = harness(restoredEmbedder)) {
      harness.initializeState(snapshot);
      harness.open();
      restoredEmbedder.nextBatch().finish();
      harness.endInput();

      assertThat(harness.getOutput().stream().map(EmbeddingFunctionTest::describe))
          .containsExactly("1 [97.0, 1.0] @10");
    }
  }

  @Test
  void snapshotForgetsWhatWasEmitted() throws Exception {
    OperatorSubtaskState snapshot;
    try (var harness = open(embedder)) {
      harness.processElement(new Line(1, "a"), 10);
      embedder.nextBatch().finish();
      harness.endInput();
      assertThat(harness.getOutput()).hasSize(1);
      snapshot = harness.snapshot(1, 1);
    }

    var restoredEmbedder = new ManualTextEmbedder();
    try (var harness = harness(restoredEmbedder)) {
      harness.initializeState(snapshot);
      harness.open();
      harness.endInput();

      assertThat(harness.getOutput()).isEmpty();
    }
  }

  @Test
  void failsTheJobWhenTheRuntimeIsBroken() throws Exception {
    try (var harness = open(embedder)) {
      harness.getEnvironment().setExpectedExternalFailureCause(Throwable.class);
      harness.processElement(new Line(1, "a"), 10);
      StartedBatch batch = embedder.nextBatch();

      embedder.breakRuntime();
      batch.fail(new InferenceException("broken"));
      while (!harness.getEnvironment().getActualExternalFailureCause().isPresent()) {
        Thread.onSpinWait();
      }

      assertThat(harness.getEnvironment().getActualExternalFailureCause().orElseThrow())
          .rootCause()
          .hasMessage("broken by the test");
      assertThat(harness.getOutput()).isEmpty();
    }
  }

  @Test
  void closesWithABatchRunning() throws Exception {
    try (var harness = open(embedder)) {
      harness.processElement(new Line(1, "a"), 10);
      embedder.nextBatch();
    }

    assertThat(embedder.isClosed()).isTrue();
  }

  @Test
  void closesAfterAnOpenThatFailed() throws Exception {
    var harness = harness(new NoModel());

    assertThatThrownBy(harness::open).hasMessage("no model in this test");
    harness.close();
  }

  private static OneInputStreamOperatorTestHarness<Line, Enriched<Line>> open(
      ManualTextEmbedder embedder) throws Exception {
    var harness = harness(embedder);
    harness.open();
    return harness;
  }

  private static OneInputStreamOperatorTestHarness<Line, Enriched<Line>> harness(
      ManualTextEmbedder embedder) throws Exception {
    return harness(new Registered(embedder));
  }

  /** The operator that {@link EmbeddingFunction#embed} adds to a job. */
  @SuppressWarnings("unchecked") // a DataStream does not say what its operator takes
  private static OneInputStreamOperatorTestHarness<Line, Enriched<Line>> harness(
      TextEmbedderFactory embedders) throws Exception {
    DataStream<Line> lines =
        StreamExecutionEnvironment.createLocalEnvironment(1)
            .fromData(Line.TYPE, new Line(0, "not in the harness"));
    var added =
        (OneInputTransformation<Line, Enriched<Line>>)
            EmbeddingFunction.embed(
                    lines, embedders, new Line.Extractor(), BATCHING, Line.ENRICHED_TYPE)
                .getTransformation();
    var serializers = new ExecutionConfig().getSerializerConfig();
    var harness =
        new OneInputStreamOperatorTestHarness<>(
            (OneInputStreamOperatorFactory<Line, Enriched<Line>>) added.getOperatorFactory(),
            Line.TYPE.createSerializer(serializers));
    harness.setup(Line.ENRICHED_TYPE.createSerializer(serializers));
    return harness;
  }

  private static Thread finishAll(ManualTextEmbedder embedder) {
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

  private static void runMails(OneInputStreamOperatorTestHarness<?, ?> harness) throws Exception {
    for (Optional<Mail> mail = harness.getTaskMailbox().tryTake(0);
        mail.isPresent();
        mail = harness.getTaskMailbox().tryTake(0)) {
      mail.get().run();
    }
  }

  private static String describe(Object output) {
    if (output instanceof Watermark watermark) {
      return "watermark " + watermark.getTimestamp();
    }
    StreamRecord<?> element = (StreamRecord<?>) output;
    Enriched<?> result = (Enriched<?>) element.getValue();
    String outcome =
        result.isFailed()
            ? "failed " + result.failureReason()
            : java.util.Arrays.toString(result.vector());
    return "%d %s @%d".formatted(((Line) result.input()).number(), outcome, element.getTimestamp());
  }

  /** Finds the embedder of a test again after the function was serialised. */
  private static final class Registered implements TextEmbedderFactory {
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

  private static final class NoModel implements TextEmbedderFactory {
    private static final long serialVersionUID = 1L;

    @Override
    public TextEmbedder open(OptionalInt gpu) {
      throw new InvalidModelException("no model in this test");
    }
  }
}
