package dev.streambed.operator.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import dev.streambed.operator.change.ChangeHarness.Setup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random histories of documents, whose inferences end in random order, against a reference that
 * takes one record after the other.
 */
@Timeout(300)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class ChangeHistoryTest {
  private static final int HISTORIES = 200;
  private static final int LENGTH = 240;
  private static final int KEYS = 200;

  /** Keys of half of the records: they come again while they are in flight. */
  private static final int HOT_KEYS = 5;

  private static final int MAX_BETWEEN_SNAPSHOTS = 200;

  /** The results of a run. */
  record Run(Map<String, List<String>> byDocument, int inferences) {}

  /** The reference's memory of a document. */
  private record Written(String text, String metadata) {}

  @Test
  void writesWhatTheReferenceWritesAndInfersNoMore() throws Exception {
    for (long seed = 0; seed < HISTORIES; seed++) {
      Random random = new Random(seed);
      Setup setup = setup(seed);
      List<Note> history = history(random, /* rejects= */ false);

      Run run = run(setup, history, random, /* failures= */ false);

      Run reference = reference(setup, history);
      assertThat(run.byDocument).as("seed %d", seed).isEqualTo(reference.byDocument);
      assertThat(run.inferences)
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

      Run run = run(setup, history, random, /* failures= */ true);

      assertThat(run.byDocument)
          .as("seed %d", seed)
          .isEqualTo(reference(setup, history).byDocument);
    }
  }

  private static Setup setup(long seed) {
    Setup setup = Setup.of(seed % 2 == 0 ? ChangeMode.SKIP : ChangeMode.METADATA_ONLY);
    return seed % 4 < 2 ? setup : setup.passingFailures();
  }

  private static List<Note> history(Random random, boolean rejects) {
    List<Note> history = new ArrayList<>();
    for (int number = 0; number < LENGTH; number++) {
      int document = random.nextInt(random.nextBoolean() ? HOT_KEYS + 1 : KEYS + 1);
      int version = random.nextInt(3);
      String text = String.valueOf((char) ('a' + version)).repeat(document % 7 + 1);
      int kind = random.nextInt(20);
      if (kind == 0) {
        text = null;
      } else if (kind == 1 && rejects) {
        text = ManualTextEmbedder.REJECTED;
      }
      String metadata = kind == 2 ? Note.REFUSED : random.nextInt(3) == 0 ? "blue" : "red";
      history.add(
          new Note(
              number,
              document == HOT_KEYS ? null : "d" + document,
              text,
              metadata,
              /* forced= */ kind == 3));
    }
    return history;
  }

  private static Run reference(Setup setup, List<Note> history) {
    Map<String, Written> written = new HashMap<>();
    Map<String, List<String>> results = new HashMap<>();
    int inferences = 0;
    for (Note note : history) {
      String text = note.text();
      String key = note.key();
      Written known = key == null ? null : written.get(key);
      boolean sameText = known != null && known.text.equals(text) && !note.forced();
      boolean sameMetadata =
          setup.options().mode() == ChangeMode.SKIP
              || (known != null && known.metadata.equals(note.metadata()));
      String result;
      if (text == null) {
        written.remove(key);
        result = note.number() + " none";
      } else if (text.equals(ManualTextEmbedder.REJECTED)) {
        if (!setup.passesFailures()) {
          continue;
        }
        written.remove(key);
        result = note.number() + " none";
      } else if (sameText && sameMetadata) {
        continue;
      } else {
        inferences += sameText ? 0 : 1;
        result = note.number() + " " + vector(text);
        if (note.metadata().equals(Note.REFUSED)) {
          written.remove(key);
        } else if (key != null) {
          written.put(key, new Written(text, note.metadata()));
        }
      }
      results.computeIfAbsent(String.valueOf(key), of -> new ArrayList<>()).add(result);
    }
    return new Run(results, inferences);
  }

  private static String vector(String text) {
    return "[%d.0, %d.0]".formatted((int) text.charAt(0), text.length());
  }

  /**
   * Sends a history.
   *
   * @param failures whether now and then a batch fails, and the operator, which then goes on from
   *     its last snapshot; what it has emitted since counts for nothing
   */
  static Run run(Setup setup, List<Note> history, Random random, boolean failures)
      throws Exception {
    Map<String, List<String>> results = new HashMap<>();
    AtomicInteger inferences = new AtomicInteger();
    OperatorSubtaskState snapshot = null;
    int next = 0;
    while (next < history.size()) {
      int end =
          failures
              ? Math.min(history.size(), next + 1 + random.nextInt(MAX_BETWEEN_SNAPSHOTS))
              : history.size();
      boolean fails = failures && random.nextInt(3) == 0;
      int first = next;
      try (var harness =
          snapshot == null ? ChangeHarness.open(setup) : ChangeHarness.restore(setup, snapshot)) {
        List<StartedBatch> started = new ArrayList<>();
        for (; next < end; next++) {
          harness.send(history.get(next));
          finishSome(harness, random, started, inferences, failures);
        }
        if (fails) {
          next = first;
          continue;
        }
        if (end == history.size()) {
          finishAll(harness, started, inferences);
        }
        snapshot = harness.flink().snapshot(next, next);
        collect(harness, history, results);
      }
    }
    return new Run(results, inferences.get());
  }

  private static void finishSome(
      ChangeHarness harness,
      Random random,
      List<StartedBatch> started,
      AtomicInteger inferences,
      boolean failures)
      throws Exception {
    while (random.nextInt(3) > 0) {
      if (harness.embedder().hasStartedBatch()) {
        StartedBatch batch = harness.embedder().nextBatch();
        started.add(batch);
        inferences.addAndGet(batch.lengths().size());
      }
      if (!started.isEmpty() && random.nextBoolean()) {
        StartedBatch batch = started.remove(random.nextInt(started.size()));
        if (failures && batch.lengths().size() > 1 && random.nextInt(10) == 0) {
          batch.fail(new IllegalStateException("injected")); // each of its texts is tried alone
        } else {
          batch.finish();
        }
      }
    }
    harness.runMails();
  }

  private static void finishAll(
      ChangeHarness harness, List<StartedBatch> started, AtomicInteger inferences)
      throws Exception {
    started.forEach(StartedBatch::finish);
    Thread finisher =
        new Thread(
            () -> {
              try {
                while (!Thread.interrupted()) {
                  StartedBatch batch = harness.embedder().pollBatch();
                  if (batch != null) {
                    inferences.addAndGet(batch.lengths().size());
                    batch.finish();
                  }
                }
              } catch (InterruptedException e) {
                // all is done
              }
            });
    finisher.start();
    harness.flink().endInput();
    finisher.interrupt();
    finisher.join();
  }

  private static void collect(
      ChangeHarness harness, List<Note> history, Map<String, List<String>> results) {
    for (String result : harness.results()) {
      int number = Integer.parseInt(result.substring(0, result.indexOf(' ')));
      @Nullable String key = history.get(number).key();
      results.computeIfAbsent(String.valueOf(key), of -> new ArrayList<>()).add(result);
    }
  }
}
