package dev.streambed.operator.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.operator.change.ChangeHarness.Setup;
import dev.streambed.operator.change.ChangeStateTest.Backend;
import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.EmbeddingHarness;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** State that begins with what a topic has. */
@Timeout(120)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class BootstrapTest {
  private static final Setup SKIP = Setup.of(ChangeMode.SKIP);
  private static final Setup METADATA_ONLY = Setup.of(ChangeMode.METADATA_ONLY);

  /** Chunks of the test's sentences, of which two do not fit. */
  static final String FIRST = "A" + "b".repeat(8) + ".";

  static final String SECOND = "B" + "c".repeat(8) + ".";
  static final String BOTH = FIRST + " " + SECOND;

  @ParameterizedTest
  @EnumSource
  void aDocumentOfTheTopicCostsNothing(Backend backend) throws Exception {
    TopicOfNotes topic =
        new TopicOfNotes()
            .add(new Note(1, "a", "old", "red"), "old")
            .add(new Note(2, "a", "x", "red"), "x")
            .add(new Note(3, "b", "y", "red"), "y")
            .addTombstone(new Note(4, "b", null), null)
            .add(new Note(5, "c", "z", "red"), "z")
            .addOther(new Note(6, "c", null), null);

    try (var harness = open(METADATA_ONLY.beginningWith(topic), backend)) {
      harness.send(new Note(11, "a", "x", "red"));
      harness.send(new Note(12, "a", "x", "blue"));
      harness.send(new Note(13, "b", "y", "red"));
      harness.send(new Note(14, "c", "z", "red"));
      harness.finishAll();

      assertThat(harness.results())
          .containsExactly("12 [120.0, 1.0]", "13 [121.0, 1.0]", "14 [122.0, 1.0]");
      assertThat(harness.embedder().tokenised()).containsExactlyInAnyOrder("y", "z");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aChunkOfTheTopicCostsNothing(Backend backend) throws Exception {
    var first = new Note(1, "a", BOTH, "red");
    TopicOfNotes topic =
        new TopicOfNotes()
            .addChunk(first, FIRST, 0, 2)
            .addChunk(first, SECOND, 1, 2)
            .addChunk(new Note(2, "b", BOTH, "red"), FIRST, 0, 2) // the other was never written
            .addOther(new Note(3, "c", null), 0)
            .addOther(new Note(3, "c", null), 1);
    Setup setup = METADATA_ONLY.splitting(ChunkingOptions.DEFAULT).beginningWith(topic);

    try (var harness = open(setup, backend)) {
      harness.send(new Note(11, "a", BOTH, "red"));
      harness.send(new Note(12, "a", SECOND, "red")); // moves, and takes its vector along
      harness.send(new Note(13, "b", BOTH, "red"));
      harness.send(new Note(14, "c", FIRST, "red"));
      harness.finishAll();

      assertThat(harness.results())
          .containsExactly(
              "12 #0 [66.0, 10.0]",
              "12 #1 none",
              "13 #1 [66.0, 10.0]",
              "14 #0 [65.0, 10.0]",
              "14 #1 none");
      assertThat(embedded(harness)).isEqualTo(2);
    }
  }

  @Test
  void chunksAreDeletedThoughChangesAreOff() throws Exception {
    var two = new Note(1, "a", BOTH);
    TopicOfNotes topic =
        new TopicOfNotes()
            .addChunk(two, FIRST, 0, 3)
            .addChunk(two, SECOND, 1, 3)
            .addChunk(two, SECOND, 2, 3)
            .addTombstone(two, 2)
            .addChunk(new Note(2, "b", BOTH), SECOND, 1, 2)
            .addTombstone(new Note(2, "b", BOTH), 0);
    Setup setup = Setup.of(ChangeMode.OFF).splitting(ChunkingOptions.DEFAULT).beginningWith(topic);

    try (var harness = ChangeHarness.open(setup)) {
      harness.send(new Note(11, "a", FIRST));
      harness.send(new Note(12, "b", null));
      harness.finishAll();

      assertThat(harness.results())
          .containsExactly("11 #0 [65.0, 10.0]", "11 #1 none", "12 #0 none", "12 #1 none");
    }
  }

  /** The topic may have an earlier version of it. */
  @Test
  void aKeyOfWhichStateKnowsSomethingKeepsIt() throws Exception {
    OperatorSubtaskState snapshot = written(SKIP, new Note(1, "a", "new"));
    TopicOfNotes topic =
        new TopicOfNotes().add(new Note(2, "a", "old"), "old").add(new Note(3, "b", "y"), "y");

    try (var harness = ChangeHarness.restore(SKIP.beginningWith(topic), snapshot)) {
      harness.send(new Note(11, "a", "new"));
      harness.send(new Note(12, "b", "y"));
      harness.finishAll();

      assertThat(harness.results()).isEmpty();
    }
  }

  /** Counts of chunks are no knowledge of their texts. */
  @Test
  void aJobThatSplitBeforeItLookedForChangesLearnsItsChunks() throws Exception {
    Setup off = Setup.of(ChangeMode.OFF).splitting(ChunkingOptions.DEFAULT);
    var both = new Note(1, "a", BOTH);
    OperatorSubtaskState snapshot = written(off, both);
    TopicOfNotes topic =
        new TopicOfNotes().addChunk(both, FIRST, 0, 2).addChunk(both, SECOND, 1, 2);
    Setup setup = SKIP.splitting(ChunkingOptions.DEFAULT).beginningWith(topic);

    try (var harness = ChangeHarness.restore(setup, snapshot)) {
      harness.send(new Note(11, "a", BOTH));
      harness.finishAll();

      assertThat(harness.results()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void readsTheTopicOnceAndStateGoesOnWithoutTheOption(Backend backend) throws Exception {
    TopicOfNotes topic = new TopicOfNotes().add(new Note(1, "a", "x"), "x");
    Setup setup = SKIP.beginningWith(topic);
    OperatorSubtaskState snapshot;
    try (var harness = open(setup, backend)) {
      snapshot = harness.flink().snapshot(1, 1);
    }

    for (Setup next : List.of(setup, SKIP, setup)) { // the option goes, and comes back
      try (var harness = restore(next, backend, snapshot)) {
        harness.send(new Note(11, "a", "x"));
        harness.finishAll();
        assertThat(harness.results()).isEmpty();
        snapshot = harness.flink().snapshot(2, 2);
      }
    }

    assertThat(topic.reads()).isEqualTo(1);
  }

  @Test
  void noTaskReadsTheTopicAfterARescale() throws Exception {
    TopicOfNotes topic = new TopicOfNotes().add(new Note(1, "a", "x"), "x");
    Setup setup = SKIP.beginningWith(topic);
    OperatorSubtaskState snapshot;
    try (var harness = ChangeHarness.open(setup)) {
      snapshot = harness.flink().snapshot(1, 1);
    }

    List<String> results = new ArrayList<>();
    for (int subtask = 0; subtask < 3; subtask++) {
      OperatorSubtaskState own =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              snapshot, EmbeddingHarness.MAX_PARALLELISM, 1, 3, subtask);
      try (var harness = ChangeHarness.restore(setup.subtask(subtask, 3), own)) {
        results.addAll(harness.results());
      }
    }

    assertThat(results).isEmpty();
    assertThat(topic.reads()).isEqualTo(1);
  }

  @Test
  void aFailureInBetweenStartsItOver() throws Exception {
    TopicOfNotes topic = new TopicOfNotes().add(new Note(1, "a", "x"), "x");
    WrittenTopic<Note> failing =
        receiver -> {
          topic.read(receiver);
          throw new IllegalStateException("no broker");
        };

    assertThatThrownBy(() -> ChangeHarness.open(SKIP.beginningWith(failing)))
        .hasMessageContaining("no broker");
    try (var harness = ChangeHarness.open(SKIP.beginningWith(topic))) {
      harness.send(new Note(11, "a", "x"));
      harness.finishAll();

      assertThat(harness.results()).isEmpty();
    }
  }

  @Test
  void eachTaskTakesItsKeysAlone() throws Exception {
    TopicOfNotes topic = new TopicOfNotes();
    List<Note> notes = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      topic.add(new Note(i, "d" + i, "x"), "x");
      notes.add(new Note(100 + i, "d" + i, "x"));
    }
    int known = 0;
    for (int subtask = 0; subtask < 3; subtask++) {
      Setup setup = SKIP.beginningWith(topic).subtask(subtask, 3);
      try (var harness = ChangeHarness.open(setup)) {
        known += harness.flink().numKeyedStateEntries();
      }
    }

    assertThat(known).isEqualTo(notes.size());
  }

  /** Texts that went to the model; what was split was tokenised, too. */
  static int embedded(ChangeHarness harness) {
    return harness.embedder().tokenised().size();
  }

  private static OperatorSubtaskState written(Setup setup, Note note) throws Exception {
    try (var harness = ChangeHarness.open(setup)) {
      harness.send(note);
      harness.finishAll();
      return harness.flink().snapshot(1, 1);
    }
  }

  private static ChangeHarness open(Setup setup, Backend backend) throws Exception {
    return restore(setup, backend, null);
  }

  private static ChangeHarness restore(
      Setup setup, Backend backend, @Nullable OperatorSubtaskState snapshot) throws Exception {
    var harness = new ChangeHarness(setup);
    AbstractStreamOperatorTestHarness<?> flink = harness.flink();
    flink.setStateBackend(backend.backend());
    if (snapshot != null) {
      flink.initializeState(snapshot);
    }
    flink.open();
    return harness;
  }
}
