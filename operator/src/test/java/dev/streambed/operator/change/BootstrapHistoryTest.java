package dev.streambed.operator.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.operator.change.ChangeHarness.Setup;
import dev.streambed.operator.stream.EmbeddingHarness;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random histories, half of which a topic has that another state begins with. */
@Timeout(120)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class BootstrapHistoryTest {
  private static final int HISTORIES = 12;
  private static final int LENGTH = 80;

  /** A harness that lost its state, but has its topic, goes on as one that has its state. */
  @ParameterizedTest
  @CsvSource({
    "SKIP, false",
    "METADATA_ONLY, false",
    "OFF, true",
    "SKIP, true",
    "METADATA_ONLY, true"
  })
  void goesOnAsWithTheStateThatWasLost(ChangeMode mode, boolean splits) throws Exception {
    Setup plain = splits ? Setup.of(mode).splitting(ChunkingOptions.DEFAULT) : Setup.of(mode);
    for (long seed = 0; seed < HISTORIES; seed++) {
      Random random = new Random(seed);
      Setup setup = seed % 2 == 0 ? plain : plain.passingFailures();
      List<Note> before = ChunkHistoryTest.history(random, /* rejects= */ false, 0, LENGTH);
      List<Note> after = ChunkHistoryTest.history(random, /* rejects= */ false, LENGTH, LENGTH);
      Map<String, Note> last = new HashMap<>();
      before.forEach(note -> last.put(Objects.requireNonNull(note.key()), note));
      var topic = new TopicOfNotes();
      OperatorSubtaskState snapshot;
      try (var harness = ChangeHarness.open(setup)) {
        run(harness, before);
        topic.add(harness);
        snapshot = harness.flink().snapshot(1, 1);
      }

      List<String> results;
      try (var harness = ChangeHarness.open(setup.beginningWith(topic))) {
        if (mode != ChangeMode.OFF) {
          run(harness, again(last.values()));
          assertThat(harness.results()).as("load again, seed %d", seed).isEmpty();
          assertThat(BootstrapTest.embedded(harness)).as("inferences, seed %d", seed).isZero();
        }
      }
      try (var harness = ChangeHarness.open(setup.beginningWith(topic))) {
        run(harness, after);
        results = harness.results();
      }

      try (var harness = ChangeHarness.restore(setup, snapshot)) {
        run(harness, after);
        assertThat(results).as("seed %d", seed).isEqualTo(harness.results());
      }
    }
  }

  /** The last notes of each key as a load sends them again. */
  private static List<Note> again(Iterable<Note> last) {
    List<Note> notes = new ArrayList<>();
    for (Note note : last) {
      if (note.text() != null) {
        notes.add(new Note(5000 + notes.size(), note.key(), note.text(), note.metadata()));
      }
    }
    return notes;
  }

  private static void run(ChangeHarness harness, List<Note> notes) throws Exception {
    Thread finisher = EmbeddingHarness.finishAll(harness.embedder());
    try {
      for (Note note : notes) {
        harness.send(note);
      }
      harness.flink().endInput();
    } finally {
      finisher.interrupt();
      finisher.join();
    }
  }
}
