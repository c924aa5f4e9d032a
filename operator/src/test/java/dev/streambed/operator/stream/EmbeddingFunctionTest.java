package dev.streambed.operator.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.TextEmbedderFactory;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
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

      assertThat(harness.extractOutputValues()).hasSize(1);
      assertThat(harness.getSideOutput(Line.FAILED))
          .containsExactly(
              new StreamRecord<>(
                  new Rejected<>(new Line(2, "#"), Reason.BLANK, "rejected by the test"), 20));
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
          .containsExactly("1 [97.0, 1.0] @10", "2 no text @20");
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
      Thread finisher = EmbeddingHarness.finishAll(restoredEmbedder);
      harness.endInput();
      finisher.interrupt();
      finisher.join();

      assertThat(harness.getOutput().stream().map(EmbeddingFunctionTest::describe))
          .containsExactly("1 [97.0, 1.0] @10", "3 no text @30", "4 [100.0, 2.0] @40");
      assertThat(harness.getSideOutput(Line.FAILED))
          .extracting(rejected -> rejected.getValue().input().number())
          .containsExactly(2);
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
      harness.processElement(new Line(1, "a"), 10);
      StartedBatch batch = embedder.nextBatch();

      embedder.breakRuntime();
      batch.fail(new InferenceException("broken"));

      assertThatThrownBy(harness::endInput).rootCause().hasMessage("broken by the test");
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
    var harness =
        EmbeddingHarness.of(new NoModel(), BATCHING, /* parallelism= */ 1, /* subtask= */ 0);

    assertThatThrownBy(harness::open).hasMessage("no model in this test");
    harness.close();
  }

  private static OneInputStreamOperatorTestHarness<Line, Embedded<Line>> open(
      ManualTextEmbedder embedder) throws Exception {
    var harness = harness(embedder);
    harness.open();
    return harness;
  }

  private static OneInputStreamOperatorTestHarness<Line, Embedded<Line>> harness(
      TextEmbedder embedder) throws Exception {
    return EmbeddingHarness.of(embedder, BATCHING);
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
    Embedded<?> result = (Embedded<?>) element.getValue();
    String outcome = result.isEmbedded() ? Arrays.toString(result.vector()) : "no text";
    return "%d %s @%d".formatted(((Line) result.input()).number(), outcome, element.getTimestamp());
  }

  private static final class NoModel implements TextEmbedderFactory {
    private static final long serialVersionUID = 1L;

    @Override
    public TextEmbedder open(OptionalInt gpu) {
      throw new InvalidModelException("no model in this test");
    }
  }
}
