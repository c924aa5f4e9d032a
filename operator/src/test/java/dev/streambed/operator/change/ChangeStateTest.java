package dev.streambed.operator.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.operator.change.ChangeHarness.Setup;
import dev.streambed.operator.stream.EmbeddingHarness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The content of checkpoints, and its way back. */
@Timeout(60)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class ChangeStateTest {
  private static final Setup METADATA_ONLY = Setup.of(ChangeMode.METADATA_ONLY);

  /** Where Flink keeps keyed state. */
  enum Backend {
    HEAP,
    ROCKSDB;

    StateBackend backend() {
      return this == HEAP ? new HashMapStateBackend() : new EmbeddedRocksDBStateBackend();
    }
  }

  @ParameterizedTest
  @EnumSource
  void goesOnWithWhatWasInFlightAndWhatWasWritten(Backend backend) throws Exception {
    OperatorSubtaskState snapshot;
    try (var harness = open(METADATA_ONLY, backend, null)) {
      harness.send(new Note(1, "a", "x", "red"));
      harness.finishAll();
      harness.flink().snapshot(1, 1);
      harness.send(new Note(2, "b", "yy")); // in flight, for ever
      harness.embedder().nextBatch();
      harness.send(new Note(3, "a", "x", "blue"));
      harness.send(new Note(4, "a", null));
      harness.send(new Note(5, null, "no key"));
      snapshot = harness.flink().snapshot(2, 2);
      assertThat(harness.results()).hasSize(1);
    }

    try (var harness = open(METADATA_ONLY, backend, snapshot)) {
      harness.finishAll();
      harness.send(new Note(6, "b", "yy"));

      assertThat(harness.results())
          .containsExactlyInAnyOrder("2 [121.0, 2.0]", "3 [120.0, 1.0]", "4 none", "5 [110.0, 6.0]")
          .containsSubsequence("3 [120.0, 1.0]", "4 none");
      assertThat(harness.embedder().tokenised()).containsExactlyInAnyOrder("yy", "no key");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSnapshotForgetsWhatWasEmitted(Backend backend) throws Exception {
    Setup setup = METADATA_ONLY;
    OperatorSubtaskState snapshot;
    try (var harness = open(setup, backend, null)) {
      harness.send(new Note(1, "a", "x"));
      harness.send(new Note(2, null, "x"));
      harness.embedder().nextBatch(); // never finishes
      snapshot = harness.flink().snapshot(1, 1);
    }
    OperatorSubtaskState second;
    try (var harness = open(setup, backend, snapshot)) {
      harness.finishAll();
      assertThat(harness.results()).hasSize(2);
      second = harness.flink().snapshot(2, 2);
    }

    try (var harness = open(setup, backend, second)) {
      harness.finishAll();

      assertThat(harness.results()).isEmpty();
    }
  }

  @Test
  void otherSettingsEmbedEachDocumentAnewWhenItComes() throws Exception {
    OperatorSubtaskState snapshot = written(METADATA_ONLY, new Note(1, "a", "x"));

    try (var harness = ChangeHarness.restore(METADATA_ONLY.with("512 dimensions"), snapshot)) {
      harness.send(new Note(2, "a", "x"));
      harness.finishAll();
      harness.send(new Note(3, "a", "x"));

      assertThat(harness.results()).containsExactly("2 [120.0, 1.0]");
    }
  }

  @Test
  void vectorsThatWereNotKeptAreMadeOnce() throws Exception {
    OperatorSubtaskState snapshot = written(Setup.of(ChangeMode.SKIP), new Note(1, "a", "x"));

    try (var harness = ChangeHarness.restore(METADATA_ONLY, snapshot)) {
      harness.send(new Note(2, "a", "x"));
      harness.finishAll();
      harness.send(new Note(3, "a", "x", "blue"));

      assertThat(harness.results()).containsExactly("2 [120.0, 1.0]", "3 [120.0, 1.0]");
      assertThat(harness.embedder().tokenised()).containsExactly("x");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aTimeToLiveCanBeSetAndUnset(Backend backend) throws Exception {
    Setup skip = Setup.of(ChangeMode.SKIP);
    Setup limited = skip.with(new ChangeOptions(ChangeMode.SKIP, Duration.ofDays(1)));
    OperatorSubtaskState snapshot;
    try (var harness = open(skip, backend, null)) {
      harness.send(new Note(1, "a", "x"));
      harness.finishAll();
      snapshot = harness.flink().snapshot(1, 1);
    }
    OperatorSubtaskState second;
    try (var harness = open(limited, backend, snapshot)) {
      harness.send(new Note(2, "a", "x"));
      second = harness.flink().snapshot(2, 2);
      assertThat(harness.results()).isEmpty();
    }
    try (var harness = open(skip, backend, second)) {
      harness.send(new Note(3, "a", "x"));

      assertThat(harness.results()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "2, 3", "3, 2"})
  void keepsTheOrderOfEachDocumentAtAnotherParallelism(int before, int after) throws Exception {
    int documents = 20;
    List<OperatorSubtaskState> snapshots = new ArrayList<>();
    for (int subtask = 0; subtask < before; subtask++) {
      try (var harness = ChangeHarness.open(METADATA_ONLY.subtask(subtask, before))) {
        for (int number = 0; number < 100; number++) {
          sendIfItsOwn(harness, subtask, before, note(number, documents));
        }
        snapshots.add(harness.flink().snapshot(1, 1));
        assertThat(harness.results()).isEmpty();
      }
    }
    OperatorSubtaskState all =
        AbstractStreamOperatorTestHarness.repackageState(
            snapshots.toArray(OperatorSubtaskState[]::new));

    Map<String, List<Integer>> emitted = new HashMap<>();
    for (int subtask = 0; subtask < after; subtask++) {
      OperatorSubtaskState own =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              all, EmbeddingHarness.MAX_PARALLELISM, before, after, subtask);
      try (var harness = ChangeHarness.restore(METADATA_ONLY.subtask(subtask, after), own)) {
        for (int number = 100; number < 120; number++) {
          sendIfItsOwn(harness, subtask, after, note(number, documents));
        }
        harness.finishAll();
        harness
            .flink()
            .extractOutputValues()
            .forEach(
                result ->
                    emitted
                        .computeIfAbsent(result.input().key(), key -> new ArrayList<>())
                        .add(result.input().number()));
      }
    }

    assertThat(emitted).hasSize(documents);
    emitted.forEach(
        (key, numbers) ->
            assertThat(numbers)
                .as("document %s", key)
                .isEqualTo(
                    IntStream.range(0, 120)
                        .filter(number -> String.valueOf(number % documents).equals(key))
                        .boxed()
                        .toList()));
  }

  private static Note note(int number, int documents) {
    return new Note(number, String.valueOf(number % documents), "text " + number);
  }

  private static void sendIfItsOwn(ChangeHarness harness, int subtask, int parallelism, Note note)
      throws Exception {
    int owner =
        KeyGroupRangeAssignment.assignKeyToParallelOperator(
            Note.Notes.keyOf(note), EmbeddingHarness.MAX_PARALLELISM, parallelism);
    if (owner == subtask) {
      harness.send(note);
    }
  }

  private static OperatorSubtaskState written(Setup setup, Note note) throws Exception {
    try (var harness = ChangeHarness.open(setup)) {
      harness.send(note);
      harness.finishAll();
      return harness.flink().snapshot(1, 1);
    }
  }

  private static ChangeHarness open(
      Setup setup, Backend backend, @Nullable OperatorSubtaskState snapshot) throws Exception {
    var harness = new ChangeHarness(setup);
    harness.flink().setStateBackend(backend.backend());
    if (snapshot != null) {
      harness.flink().initializeState(snapshot);
    }
    harness.flink().open();
    return harness;
  }
}
