package dev.streambed.operator.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.Headings;
import dev.streambed.operator.change.ChangeHarness.Setup;
import dev.streambed.operator.change.ChangeOptions.UnchangedChunks;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunks whose text is as it was written, in documents that changed. */
@Timeout(60)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class ChunksThatStayTest {
  private static final String FIRST = "Abbbbbbbb.";
  private static final String TWO = FIRST + " Cddddddddd.";
  private static final String EDITED = FIRST + " Eddddddddd.";

  private final List<String> embedded = new ArrayList<>();

  /** Also where the versions are in flight together, so that none is in state yet. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void areWrittenAgainWithTheirVectorsIfTheyAreTo(boolean together) throws Exception {
    var options = new ChangeOptions(ChangeMode.METADATA_ONLY, null, UnchangedChunks.WRITE);
    Note[] notes = {
      new Note(1, "a", TWO),
      new Note(2, "a", EDITED),
      new Note(3, "a", EDITED), // nothing changed
      new Note(4, "a", EDITED + " Fffffffffffff."),
      new Note(5, "a", FIRST)
    };

    assertThat(run(together, Setup.of(ChangeMode.OFF).with(options), notes))
        .containsExactly(
            "1 #0 [65.0, 10.0]",
            "1 #1 [67.0, 11.0]",
            "2 #0 [65.0, 10.0]",
            "2 #1 [69.0, 11.0]",
            "4 #0 [65.0, 10.0]",
            "4 #1 [69.0, 11.0]",
            "4 #2 [70.0, 14.0]",
            "5 #0 [65.0, 10.0]",
            "5 #1 none",
            "5 #2 none");
    assertThat(embedded)
        .containsExactlyInAnyOrder(FIRST, "Cddddddddd.", "Eddddddddd.", "Fffffffffffff.");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void areNotWrittenOtherwise(boolean together) throws Exception {
    assertThat(
            run(
                together,
                Setup.of(ChangeMode.METADATA_ONLY),
                new Note(1, "a", TWO),
                new Note(2, "a", EDITED)))
        .containsExactly("1 #0 [65.0, 10.0]", "1 #1 [67.0, 11.0]", "2 #1 [69.0, 11.0]");
  }

  @Test
  void cannotBeWrittenWithoutVectorsInState() {
    for (ChangeMode mode : List.of(ChangeMode.OFF, ChangeMode.SKIP)) {
      assertThatThrownBy(() -> new ChangeOptions(mode, null, UnchangedChunks.WRITE))
          .hasMessage(
              "Invalid value write for unchangedChunks: must be skip, as the mode %s keeps no vectors to write.",
              mode);
    }
  }

  /** The second chunk has the same text under another heading. */
  @Test
  void haveHeadingsAsMetadata() throws Exception {
    Note[] notes = {
      new Note(1, "a", "# A\n\nBbbbb. Cccccccc."), new Note(2, "a", "# D\n\nBbbbb. Cccccccc.")
    };

    assertThat(run(/* together= */ false, headings(ChangeMode.SKIP, false), notes))
        .containsExactly("1 #0 [35.0, 11.0]", "1 #1 [67.0, 9.0]", "2 #0 [35.0, 11.0]");
    embedded.clear();
    assertThat(run(/* together= */ false, headings(ChangeMode.METADATA_ONLY, false), notes))
        .containsExactly(
            "1 #0 [35.0, 11.0]", "1 #1 [67.0, 9.0]", "2 #0 [35.0, 11.0]", "2 #1 [67.0, 9.0]");
    assertThat(embedded).hasSize(3).containsOnlyOnce("Cccccccc.");
  }

  @Test
  void changeWithTheHeadingsBeforeTheirText() throws Exception {
    assertThat(
            run(
                /* together= */ false,
                headings(ChangeMode.SKIP, true),
                new Note(1, "a", "# A\n\nBbbbb. Cccccccc."),
                new Note(2, "a", "# D\n\nBbbbb. Cccccccc.")))
        .containsExactly(
            "1 #0 [35.0, 11.0]", "1 #1 [65.0, 12.0]", "2 #0 [35.0, 11.0]", "2 #1 [68.0, 12.0]");
    assertThat(embedded).contains("A\n\nCccccccc.", "D\n\nCccccccc.");
  }

  /** Whether texts have headings decides the vector of none that stays the same. */
  @Test
  void stayWhenHeadingsAreLookedFor() throws Exception {
    Note[] note = {new Note(1, "a", "# A\n\nBbbbb.")};
    Setup without = Setup.of(ChangeMode.SKIP).splitting(ChunkingOptions.DEFAULT);
    try (var first = ChangeHarness.open(without)) {
      first.send(note[0]);
      first.finishAll();
      try (var second =
          ChangeHarness.restore(headings(ChangeMode.SKIP, true), first.flink().snapshot(1, 1))) {
        second.send(note[0]);
        second.finishAll();

        assertThat(second.results()).isEmpty();
      }
    }
  }

  private static Setup headings(ChangeMode mode, boolean inText) {
    return Setup.of(mode)
        .splitting(ChunkingOptions.DEFAULT.withHeadings(Headings.MARKDOWN, inText));
  }

  private List<String> run(boolean together, Setup setup, Note... notes) throws Exception {
    Setup splitting = setup.chunking() == null ? setup.splitting(ChunkingOptions.DEFAULT) : setup;
    List<String> results = new ArrayList<>();
    try (var harness = ChangeHarness.open(splitting)) {
      for (Note note : notes) {
        harness.send(note);
        if (!together) {
          harness.finishAll();
        }
      }
      harness.finishAll();
      results.addAll(harness.results());
      embedded.addAll(harness.embedder().tokenised());
    }
    return results;
  }
}
