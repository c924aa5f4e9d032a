package dev.streambed.operator.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import dev.streambed.embedder.calibration.CalibrationOptions;
import dev.streambed.operator.BatchingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class EmbeddingOperatorTest {
  private static final String LARGE = "x".repeat(10_000);

  /** Bytes of a {@link #LARGE} text, two per character. */
  private static final long LARGE_BYTES = InFlightBytes.RECORD_OVERHEAD + 20_000;

  private final ManualTextEmbedder embedder = new ManualTextEmbedder();

  @Test
  void neverHoldsMoreBytesThanItsLimit() throws Exception {
    Thread finisher = EmbeddingHarness.finishAll(embedder);
    try (var harness = open(holding(2 * LARGE_BYTES))) {
      for (int number = 0; number < 20; number++) {
        harness.processElement(new Line(number, LARGE + number), number);
        assertThat(number + 1 - harness.getOutput().size()).isLessThanOrEqualTo(2);
      }
      harness.endInput();

      assertThat(numbers(harness)).isEqualTo(IntStream.range(0, 20).boxed().toList());
    } finally {
      finisher.interrupt();
      finisher.join();
    }
  }

  @Test
  void aLargerRecordPassesAlone() throws Exception {
    Thread finisher = EmbeddingHarness.finishAll(embedder);
    try (var harness = open(holding(/* bytes= */ 1))) {
      harness.processElement(new Line(0, "a"), 0);
      harness.processElement(new Line(1, LARGE), 1);
      harness.processElement(new Line(2, null), 2);
      harness.endInput();

      assertThat(numbers(harness)).containsExactly(0, 1, 2);
    } finally {
      finisher.interrupt();
      finisher.join();
    }
  }

  @Test
  void aRejectedRecordGivesItsBytesBack() throws Exception {
    try (var harness = open(holding(/* bytes= */ 1))) {
      for (int number = 0; number < 3; number++) {
        harness.processElement(new Line(number, ManualTextEmbedder.REJECTED), number);
      }
      harness.endInput();

      assertThat(harness.getSideOutput(Line.FAILED)).hasSize(3);
    }
  }

  @Test
  void whatIsFinishedButWaitsForItsOrderCounts() throws Exception {
    try (var harness = open(holding(2 * LARGE_BYTES, /* workers= */ 2))) {
      harness.processElement(new Line(0, "a" + LARGE.substring(1)), 0);
      StartedBatch first = embedder.nextBatch();
      harness.processElement(new Line(1, "b" + LARGE.substring(1)), 1);
      embedder.nextBatch().finish();

      // It would wait for the first, which nobody finishes: a task that is cancelled is
      // interrupted.
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> harness.processElement(new Line(2, LARGE), 2))
          .isInstanceOf(InterruptedException.class);
      assertThat(harness.getOutput()).isEmpty();

      first.finish();
      harness.endInput();
      assertThat(numbers(harness)).containsExactly(0, 1);
    }
  }

  @Test
  void replaysWhatWasInFlightWithinItsLimit() throws Exception {
    OperatorSubtaskState snapshot;
    try (var harness = open(holding(10 * LARGE_BYTES))) {
      for (int number = 0; number < 5; number++) {
        harness.processElement(new Line(number, LARGE), number);
      }
      snapshot = harness.snapshot(1, 1);
    }

    var restored = new ManualTextEmbedder();
    Thread finisher = EmbeddingHarness.finishAll(restored);
    try (var harness = EmbeddingHarness.of(restored, holding(LARGE_BYTES))) {
      harness.initializeState(snapshot);
      harness.open();
      assertThat(harness.getOutput()).hasSizeGreaterThanOrEqualTo(4);
      harness.endInput();

      assertThat(numbers(harness)).containsExactly(0, 1, 2, 3, 4);
    } finally {
      finisher.interrupt();
      finisher.join();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "2, 3", "3, 2"})
  void eachRecordInFlightIsReplayedOnceAtAnotherParallelism(int before, int after)
      throws Exception {
    int perSubtask = 5;
    List<OperatorSubtaskState> snapshots = new ArrayList<>();
    for (int subtask = 0; subtask < before; subtask++) {
      try (var harness = subtask(new ManualTextEmbedder(), before, subtask)) {
        harness.open();
        for (int i = 0; i < perSubtask; i++) {
          harness.processElement(new Line(subtask * perSubtask + i, "text"), i);
        }
        snapshots.add(harness.snapshot(1, 1));
      }
    }
    OperatorSubtaskState all =
        AbstractStreamOperatorTestHarness.repackageState(
            snapshots.toArray(OperatorSubtaskState[]::new));

    List<Integer> replayed = new ArrayList<>();
    for (int subtask = 0; subtask < after; subtask++) {
      var restored = new ManualTextEmbedder();
      Thread finisher = EmbeddingHarness.finishAll(restored);
      try (var harness = subtask(restored, after, subtask)) {
        harness.initializeState(
            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                all, EmbeddingHarness.MAX_PARALLELISM, before, after, subtask));
        harness.open();
        harness.endInput();
        replayed.addAll(numbers(harness));
      } finally {
        finisher.interrupt();
        finisher.join();
      }
    }

    assertThat(replayed)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, before * perSubtask).boxed().toList());
  }

  @Test
  void hasAnEighthOfTheHeapByDefaultSharedByTheSlots() {
    long largestState = Long.MAX_VALUE;

    assertThat(BatchingOptions.DEFAULT.maxInFlightBytes(800, /* slots= */ 1, largestState))
        .isEqualTo(100);
    assertThat(BatchingOptions.DEFAULT.maxInFlightBytes(800, /* slots= */ 4, largestState))
        .isEqualTo(25);
    assertThat(holding(7).maxInFlightBytes(800, /* slots= */ 4, largestState)).isEqualTo(7);
  }

  @Test
  void hasNoMoreByDefaultThanACheckpointInTheJobManagerTakes() {
    assertThat(
            BatchingOptions.DEFAULT.maxInFlightBytes(800, /* slots= */ 1, /* largestState= */ 30))
        .isEqualTo(30);
  }

  private static BatchingOptions holding(long bytes) {
    return holding(bytes, /* workers= */ 1);
  }

  private static BatchingOptions holding(long bytes, int workers) {
    return new BatchingOptions(
        new BatchPolicy(/* maxRecords= */ 8, /* maxTokens= */ 100),
        new BatcherOptions(workers, /* maxQueued= */ 0, /* cacheBytes= */ 0),
        CalibrationOptions.OFF,
        bytes);
  }

  private OneInputStreamOperatorTestHarness<Line, Embedded<Line>> open(BatchingOptions batching)
      throws Exception {
    var harness = EmbeddingHarness.of(embedder, batching);
    harness.open();
    return harness;
  }

  private static OneInputStreamOperatorTestHarness<Line, Embedded<Line>> subtask(
      ManualTextEmbedder embedder, int parallelism, int subtask) throws Exception {
    return EmbeddingHarness.of(
        new EmbeddingHarness.Registered(embedder), holding(1 << 20), parallelism, subtask);
  }

  private static List<Integer> numbers(
      OneInputStreamOperatorTestHarness<Line, Embedded<Line>> harness) {
    return harness.extractOutputValues().stream().map(result -> result.input().number()).toList();
  }
}
