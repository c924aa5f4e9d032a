package dev.streambed.operator.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.chunk.Boundary;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.operator.change.ChangeHarness.Setup;
import dev.streambed.operator.change.Fingerprinter.Fingerprint;
import dev.streambed.operator.change.WrittenChunks.Said;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Chunks in state, through snapshots that are gone on from with other settings. */
@Timeout(60)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class ChunkStateTest {
  private static final String FIRST = "Abbbbbbbb.";
  private static final String TWO = FIRST + " Cddddddddd.";

  private @Nullable OperatorSubtaskState state;

  @Test
  void goesOnFromAStateWithoutChunks() throws Exception {
    runAndSnapshot(Setup.of(ChangeMode.SKIP), new Note(1, "a", "short"));

    assertThat(
            run(
                splitting(ChangeMode.SKIP),
                new Note(2, "a", "short"),
                new Note(3, "a", TWO),
                new Note(4, "a", null)))
        .containsExactly(
            "2 #0 [115.0, 5.0]",
            "3 #0 [65.0, 10.0]",
            "3 #1 [67.0, 11.0]",
            "4 #0 none",
            "4 #1 none");
  }

  @Test
  void splitsWhatWasInFlightAgain() throws Exception {
    Setup setup = splitting(ChangeMode.OFF);
    try (var harness = ChangeHarness.open(setup)) {
      harness.send(new Note(1, "a", TWO));
      state = harness.flink().snapshot(1, 1);
      assertThat(harness.results()).isEmpty();
    }

    assertThat(run(setup, new Note(2, "a", FIRST)))
        .containsExactly(
            "1 #0 [65.0, 10.0]", "1 #1 [67.0, 11.0]", "2 #0 [65.0, 10.0]", "2 #1 none");
  }

  /** What is written while nobody looks for changes must not be taken for what was before. */
  @Test
  void looksForChangesAndNotAndAgain() throws Exception {
    runAndSnapshot(splitting(ChangeMode.SKIP), new Note(1, "a", TWO));
    runAndSnapshot(splitting(ChangeMode.OFF), new Note(2, "a", "Other."));

    assertThat(run(splitting(ChangeMode.SKIP), new Note(3, "a", TWO), new Note(4, "a", TWO)))
        .containsExactly("3 #0 [65.0, 10.0]", "3 #1 [67.0, 11.0]");
  }

  @Test
  void deletesWhatIsLeftOverWhateverTheMode() throws Exception {
    for (ChangeMode first : ChangeMode.values()) {
      for (ChangeMode second : ChangeMode.values()) {
        state = null;
        runAndSnapshot(splitting(first), new Note(1, "a", TWO));

        assertThat(run(splitting(second), new Note(2, "a", "Other.")))
            .as("%s, then %s", first, second)
            .containsExactly("2 #0 [79.0, 6.0]", "2 #1 none");
      }
    }
  }

  @Test
  void deletesTheChunksOfATextThatIsNotSplitAnyMore() throws Exception {
    for (ChangeMode first : ChangeMode.values()) {
      for (ChangeMode second : List.of(ChangeMode.SKIP, ChangeMode.METADATA_ONLY)) {
        state = null;
        runAndSnapshot(splitting(first), new Note(1, "a", TWO));

        assertThat(
                run(
                    Setup.of(second),
                    new Note(2, "a", TWO, Note.REFUSED),
                    new Note(3, "a", TWO),
                    new Note(4, "a", TWO)))
            .as("%s, then %s", first, second)
            .containsExactly("2 [65.0, 22.0]", "3 [65.0, 22.0]", "3 #0 none", "3 #1 none");
        assertThat(run(Setup.of(second), new Note(2, "a", null)))
            .as("%s, then %s", first, second)
            .containsExactly("2 none", "2 #0 none", "2 #1 none");
      }
    }
  }

  /** Only a job that splits, or did, keeps a state of chunks. */
  @Test
  void remembersChunksUntilTheirDocumentComes() throws Exception {
    runAndSnapshot(splitting(ChangeMode.SKIP), new Note(1, "a", TWO));
    runAndSnapshot(Setup.of(ChangeMode.SKIP), new Note(2, "b", "Other."));

    assertThat(run(Setup.of(ChangeMode.SKIP), new Note(3, "b", "Other."), new Note(4, "a", FIRST)))
        .containsExactly("4 [65.0, 10.0]", "4 #0 none", "4 #1 none");
  }

  @Test
  void aTextThatCannotBeReadDeletesNothing() throws Exception {
    Setup setup = splitting(ChangeMode.SKIP);
    runAndSnapshot(setup, new Note(1, "a", TWO));
    var unreadable = new Note(2, "a", null, Note.UNREADABLE);

    assertThat(run(setup, unreadable, new Note(3, "a", TWO), new Note(4, "a", FIRST)))
        .containsExactly("2 none", "4 #1 none");
    assertThat(run(setup.passingFailures(), unreadable, new Note(3, "a", FIRST)))
        .containsExactly("2 none", "2 #0 none", "2 #1 none", "3 #0 [65.0, 10.0]");
  }

  /** Also where the chunks would be the same. */
  @Test
  void embedsAnewWithOtherSettings() throws Exception {
    for (ChunkingOptions other :
        List.of(
            new ChunkingOptions(15, 0, 0, Boundary.SENTENCE),
            new ChunkingOptions(0, 1, 0, Boundary.SENTENCE),
            new ChunkingOptions(0, 0, 1, Boundary.SENTENCE),
            new ChunkingOptions(0, 0, 0, Boundary.ANY))) {
      state = null;
      runAndSnapshot(splitting(ChangeMode.SKIP), new Note(1, "a", FIRST));

      assertThat(run(Setup.of(ChangeMode.SKIP).splitting(other), new Note(2, "a", FIRST)))
          .as(other.toString())
          .containsExactly("2 #0 [65.0, 10.0]");
      assertThat(run(splitting(ChangeMode.SKIP), new Note(2, "a", FIRST))).isEmpty();
    }
  }

  @Test
  void stateIsReadAsItWasWritten() {
    var text = new Fingerprint(1, 2);
    for (WrittenChunks chunks :
        List.of(
            new WrittenChunks(7, List.of()),
            new WrittenChunks(2, List.of(new Said(text, null), Said.UNKNOWN)),
            new WrittenChunks(1, List.of(new Said(text, new Fingerprint(3, 4)))))) {
      assertThat(WrittenChunks.of(chunks.toBytes())).isEqualTo(chunks);
    }
    assertThat(new WrittenChunks(7, List.of()).toBytes()).containsExactly(1, 0, 0, 0, 7);
  }

  private static Setup splitting(ChangeMode mode) {
    return Setup.of(mode).splitting(ChunkingOptions.DEFAULT);
  }

  private void runAndSnapshot(Setup setup, Note note) throws Exception {
    try (var harness = open(setup)) {
      harness.send(note);
      harness.finishAll();
      state = harness.flink().snapshot(note.number(), note.number());
    }
  }

  private List<String> run(Setup setup, Note... notes) throws Exception {
    try (var harness = open(setup)) {
      for (Note note : notes) {
        harness.send(note);
      }
      harness.finishAll();
      return harness.results();
    }
  }

  private ChangeHarness open(Setup setup) throws Exception {
    return state == null ? ChangeHarness.open(setup) : ChangeHarness.restore(setup, state);
  }
}
