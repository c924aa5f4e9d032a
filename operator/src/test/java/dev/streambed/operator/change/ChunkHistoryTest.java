package dev.streambed.operator.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.operator.change.ChangeHarness.Setup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random histories of documents of several chunks, as {@link ChangeHistoryTest} has them of whole
 * texts: each sentence is a chunk.
 */
@Timeout(300)
class ChunkHistoryTest {
  private static final int HISTORIES = 200;
  private static final int LENGTH = 150;
  private static final int KEYS = 200;
  private static final int HOT_KEYS = 4;
  private static final List<ChangeMode> MODES = List.of(ChangeMode.values());

  /** The reference's memory of a chunk. */
  private record Said(String text, String metadata) {}

  /** The reference's memory of all documents. */
  private static final class Reference {
    private final Setup setup;
    private final Map<String, List<Said>> chunks = new HashMap<>();
    private final Map<String, List<String>> results = new HashMap<>();
    private int inferences;

    Reference(Setup setup) {
      this.setup = setup;
    }

    void take(Note note) {
      String text = note.text();
      String key = String.valueOf(note.key());
      List<Said> former = chunks.getOrDefault(key, List.of());
      if (text == null || text.contains(ManualTextEmbedder.REJECTED)) {
        if (text == null || setup.passesFailures()) {
          delete(note, 0, former.size());
          chunks.remove(key);
        }
        return;
      }
      String[] sentences = text.split("(?<=[.]) ", -1);
      List<Said> now = new ArrayList<>();
      int start = 0;
      for (int i = 0; i < sentences.length; i++) {
        String position = "%d of %d from %d".formatted(i, sentences.length, start);
        start += sentences[i].length() + 1;
        var said = new Said(sentences[i], said(note, position));
        now.add(take(note, i, said, former));
      }
      delete(note, sentences.length, former.size());
      if (note.key() != null) {
        chunks.put(key, now);
      }
    }

    private String said(Note note, String position) {
      return setup.options().mode() == ChangeMode.METADATA_ONLY
          ? note.metadata() + ", " + position
          : "";
    }

    private Said take(Note note, int index, Said said, List<Said> former) {
      boolean isOff = setup.options().mode() == ChangeMode.OFF;
      boolean mayStay = index < former.size() && !note.forced() && !isOff;
      if (mayStay && former.get(index).equals(said)) {
        return said;
      }
      boolean movesVectors = setup.options().mode() == ChangeMode.METADATA_ONLY && !note.forced();
      boolean hasVector =
          movesVectors && former.stream().anyMatch(each -> each.text().equals(said.text()));
      inferences += hasVector ? 0 : 1;
      add(note, index, "[%d.0, %d.0]".formatted((int) said.text().charAt(0), said.text().length()));
      return note.metadata().equals(Note.REFUSED) ? new Said("unknown", "") : said;
    }

    private void delete(Note note, int from, int count) {
      for (int i = from; i < count; i++) {
        add(note, i, "none");
      }
    }

    private void add(Note note, int index, String result) {
      results
          .computeIfAbsent(String.valueOf(note.key()), key -> new ArrayList<>())
          .add("%d #%d %s".formatted(note.number(), index, result));
    }
  }

  @Test
  void writesWhatTheReferenceWritesAndInfersNoMore() throws Exception {
    for (long seed = 0; seed < HISTORIES; seed++) {
      Random random = new Random(seed);
      Setup setup = setup(seed);
      List<Note> history = history(random, /* rejects= */ false);

      ChangeHistoryTest.Run run =
          ChangeHistoryTest.run(setup, history, random, /* failures= */ false);

      Reference reference = reference(setup, history);
      assertThat(run.byDocument()).as("seed %d", seed).isEqualTo(reference.results);
      assertThat(run.inferences())
          .as("inferences with seed %d", seed)
          .isLessThanOrEqualTo(reference.inferences);
    }
  }

  @Test
  void writesWhatTheReferenceWritesThroughRejectionsAndFailures() throws Exception {
    for (long seed = 1000; seed < 1000 + HISTORIES; seed++) {
      Random random = new Random(seed);
      Setup setup = setup(seed);
      List<Note> history = history(random, /* rejects= */ true);

      ChangeHistoryTest.Run run =
          ChangeHistoryTest.run(setup, history, random, /* failures= */ true);

      assertThat(run.byDocument()).as("seed %d", seed).isEqualTo(reference(setup, history).results);
    }
  }

  private static Setup setup(long seed) {
    Setup setup = Setup.of(MODES.get((int) (seed % 3))).splitting(ChunkingOptions.DEFAULT);
    return seed % 6 < 3 ? setup : setup.passingFailures();
  }

  private static Reference reference(Setup setup, List<Note> history) {
    Reference reference = new Reference(setup);
    history.forEach(reference::take);
    return reference;
  }

  /** Sentences of nine characters or more, of which two do not fit into a chunk. */
  private static List<Note> history(Random random, boolean rejects) {
    return history(random, rejects, /* first= */ 0, LENGTH);
  }

  static List<Note> history(Random random, boolean rejects, int first, int length) {
    Map<String, List<String>> documents = new HashMap<>();
    List<Note> history = new ArrayList<>();
    for (int number = first; number < first + length; number++) {
      String key = "d" + random.nextInt(random.nextBoolean() ? HOT_KEYS : KEYS);
      List<String> sentences = documents.computeIfAbsent(key, of -> new ArrayList<>());
      edit(sentences, random);
      int kind = random.nextInt(20);
      String text = kind == 0 ? null : String.join(" ", sentences);
      if (kind == 1 && rejects) {
        text = "C" + "d".repeat(14) + ". " + ManualTextEmbedder.REJECTED; // its second chunk is
      }
      String metadata = kind == 2 && rejects ? Note.REFUSED : random.nextInt(3) == 0 ? "b" : "r";
      history.add(new Note(number, key, text, metadata, /* forced= */ kind == 3));
    }
    return history;
  }

  private static void edit(List<String> sentences, Random random) {
    int edits = random.nextInt(3); // often a repeat
    for (int i = 0; i < edits || sentences.isEmpty(); i++) {
      int at = random.nextInt(sentences.size() + 1);
      String sentence =
          Character.toString('A' + random.nextInt(6)) + "b".repeat(8 + random.nextInt(3)) + ".";
      if (random.nextInt(3) == 0 && sentences.size() > 1 && at < sentences.size()) {
        sentences.remove(at);
      } else if (random.nextBoolean() && at < sentences.size()) {
        sentences.set(at, sentence);
      } else if (sentences.size() < 6) {
        sentences.add(at, sentence);
      }
    }
  }
}
