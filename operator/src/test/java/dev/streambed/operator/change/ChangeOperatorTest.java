package dev.streambed.operator.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import dev.streambed.operator.change.ChangeHarness.Setup;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The results of the operator, their order, and their cost. */
@Timeout(60)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class ChangeOperatorTest {
  private static final Setup SKIP = Setup.of(ChangeMode.SKIP);
  private static final Setup METADATA_ONLY = Setup.of(ChangeMode.METADATA_ONLY);

  @AfterEach
  void noWorkerIsLeft() {
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("embed-worker"));
  }

  @ParameterizedTest
  @EnumSource(names = {"SKIP", "METADATA_ONLY"})
  void aDocumentThatSaysWhatItSaidLeavesNothingAndCostsNothing(ChangeMode mode) throws Exception {
    try (var harness = ChangeHarness.open(Setup.of(mode))) {
      harness.send(new Note(1, "a", "x"));
      harness.send(new Note(2, "b", "x"));
      harness.send(new Note(3, "a", "x")); // the first is in flight
      harness.finishAll();
      harness.send(new Note(4, "a", "x"));
      harness.send(new Note(5, "a", "yy"));
      harness.finishAll();

      assertThat(harness.results())
          .containsExactly("1 [120.0, 1.0]", "2 [120.0, 1.0]", "5 [121.0, 2.0]");
      assertThat(harness.embedder().tokenised()).containsOnly("x", "yy").hasSizeLessThan(4);
    }
  }

  @Test
  void otherMetadataAreWrittenWithTheVectorThatIsKnown() throws Exception {
    try (var harness = ChangeHarness.open(METADATA_ONLY)) {
      harness.send(new Note(1, "a", "x", "red"));
      harness.finishAll();
      harness.send(new Note(2, "a", "x", "blue"));
      harness.send(new Note(3, "a", "x", "blue"));

      assertThat(harness.results()).containsExactly("1 [120.0, 1.0]", "2 [120.0, 1.0]");
      assertThat(harness.embedder().tokenised()).containsExactly("x");
    }
  }

  @Test
  void skipsOtherMetadataWhereOnlyTextsCount() throws Exception {
    try (var harness = ChangeHarness.open(SKIP)) {
      harness.send(new Note(1, "a", "x", "red"));
      harness.finishAll();
      harness.send(new Note(2, "a", "x", "blue"));

      assertThat(harness.results()).containsExactly("1 [120.0, 1.0]");
    }
  }

  @Test
  void nothingOvertakesAChangeOfItsDocumentInTheModel() throws Exception {
    try (var harness = ChangeHarness.open(METADATA_ONLY)) {
      harness.send(new Note(1, "a", "x", "red"));
      harness.finishAll();
      harness.send(new Note(2, "a", "yy", "red"));
      StartedBatch second = harness.embedder().nextBatch();
      harness.send(new Note(3, "a", "yy", "blue")); // other metadata of what is in the model
      harness.send(new Note(4, "a", "x", "red")); // what is written, but not what will be
      StartedBatch fourth = harness.embedder().nextBatch();
      harness.flink().processWatermark(5);
      harness.send(new Note(5, "a", null));
      fourth.finish();
      harness.runMails();
      assertThat(harness.results()).hasSize(1);

      second.finish();
      harness.finishAll();

      assertThat(harness.results())
          .containsExactly(
              "1 [120.0, 1.0]",
              "2 [121.0, 2.0]",
              "3 [121.0, 2.0]",
              "4 [120.0, 1.0]",
              "watermark 5",
              "5 none");
    }
  }

  @Test
  void aDeletedDocumentIsEmbeddedWhenItComesAgain() throws Exception {
    try (var harness = ChangeHarness.open(SKIP)) {
      harness.send(new Note(1, "a", "x"));
      harness.send(new Note(2, "a", null));
      harness.send(new Note(3, "a", "x"));
      harness.finishAll();

      assertThat(harness.results()).containsExactly("1 [120.0, 1.0]", "2 none", "3 [120.0, 1.0]");
      assertThat(harness.flink().numKeyedStateEntries()).isEqualTo(1);
    }
  }

  /** The steps behind say why, and leave what was written as it is. */
  @Test
  void aTextThatCannotBeReadIsPassedOnAndForgetsNothing() throws Exception {
    try (var harness = ChangeHarness.open(SKIP)) {
      harness.send(new Note(1, "a", "x"));
      harness.send(new Note(2, "a", null, Note.UNREADABLE));
      harness.send(new Note(3, "a", "x"));
      harness.finishAll();

      assertThat(harness.results()).containsExactly("1 [120.0, 1.0]", "2 none");
    }
  }

  @Test
  void aForcedRecordIsEmbeddedWhateverTheStateSays() throws Exception {
    try (var harness = ChangeHarness.open(SKIP)) {
      harness.send(new Note(1, "a", "x"));
      harness.finishAll();
      harness.send(new Note(2, "a", "x", "", /* forced= */ true));
      harness.send(new Note(3, "a", "x"));
      harness.finishAll();

      assertThat(harness.results()).containsExactly("1 [120.0, 1.0]", "2 [120.0, 1.0]");
      assertThat(harness.embedder().tokenised()).hasSize(2);
    }
  }

  @Test
  void aTextWhoseInferenceFailedIsTriedAgain() throws Exception {
    try (var harness = ChangeHarness.open(SKIP)) {
      harness.send(new Note(1, "a", "x"));
      failAll(harness);
      harness.send(new Note(2, "a", "x"));
      harness.finishAll();

      assertThat(harness.rejected()).containsExactly(1);
      assertThat(harness.results()).containsExactly("2 [120.0, 1.0]");
    }
  }

  @Test
  void aRecordThatReliedOnARejectedOneIsEmbeddedInItsPlace() throws Exception {
    try (var harness = ChangeHarness.open(SKIP)) {
      harness.send(new Note(1, "a", ManualTextEmbedder.REJECTED));
      harness.send(new Note(2, "a", ManualTextEmbedder.REJECTED));
      harness.send(new Note(3, "a", ManualTextEmbedder.REJECTED));
      harness.send(new Note(4, "b", "x"));
      harness.finishAll();

      assertThat(harness.rejected()).containsExactly(1, 2, 3);
      assertThat(harness.results()).containsExactly("4 [120.0, 1.0]");
    }
  }

  @Test
  void aRejectedUpdateLeavesWhatIsWrittenAndKnown() throws Exception {
    try (var harness = ChangeHarness.open(SKIP)) {
      harness.send(new Note(1, "a", "x"));
      harness.finishAll();
      harness.send(new Note(2, "a", ManualTextEmbedder.REJECTED));
      harness.finishAll();
      harness.send(new Note(3, "a", "x"));

      assertThat(harness.rejected()).containsExactly(2);
      assertThat(harness.results()).containsExactly("1 [120.0, 1.0]");
    }
  }

  @Test
  void aRejectedUpdateThatDeletesIsForgotten() throws Exception {
    try (var harness = ChangeHarness.open(SKIP.passingFailures())) {
      harness.send(new Note(1, "a", "x"));
      harness.finishAll();
      harness.send(new Note(2, "a", ManualTextEmbedder.REJECTED));
      harness.send(new Note(3, "a", "x"));
      harness.finishAll();

      assertThat(harness.rejected()).containsExactly(2);
      assertThat(harness.results()).containsExactly("1 [120.0, 1.0]", "2 none", "3 [120.0, 1.0]");
    }
  }

  @Test
  void whatTheStepsBehindRefuseIsNotRemembered() throws Exception {
    try (var harness = ChangeHarness.open(SKIP)) {
      harness.send(new Note(1, "a", "x", Note.REFUSED));
      harness.finishAll();
      harness.send(new Note(2, "a", "x"));
      harness.finishAll();

      assertThat(harness.results()).containsExactly("1 [120.0, 1.0]", "2 [120.0, 1.0]");
    }
  }

  @Test
  void recordsThatAreNoDocumentsAreAllEmbeddedInOrder() throws Exception {
    try (var harness = ChangeHarness.open(METADATA_ONLY)) {
      for (int number = 0; number < 5; number++) {
        harness.send(new Note(number, null, "x"));
      }
      harness.finishAll();

      assertThat(harness.results())
          .containsExactly(
              "0 [120.0, 1.0]",
              "1 [120.0, 1.0]",
              "2 [120.0, 1.0]",
              "3 [120.0, 1.0]",
              "4 [120.0, 1.0]");
      assertThat(harness.flink().numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void forgetsADocumentThatDidNotComeForTheTimeToLive() throws Exception {
    var ttl = new ChangeOptions(ChangeMode.SKIP, Duration.ofMillis(100));
    try (var harness = ChangeHarness.open(SKIP.with(ttl))) {
      harness.flink().setStateTtlProcessingTime(0);
      harness.send(new Note(1, "a", "x"));
      harness.finishAll();
      harness.flink().setStateTtlProcessingTime(90);
      harness.send(new Note(2, "a", "x")); // it came, so it stays for another 100 ms
      harness.flink().setStateTtlProcessingTime(180);
      harness.send(new Note(3, "a", "x"));
      harness.flink().setStateTtlProcessingTime(290);
      harness.send(new Note(4, "a", "x"));
      harness.finishAll();

      assertThat(harness.results()).containsExactly("1 [120.0, 1.0]", "4 [120.0, 1.0]");
    }
  }

  @Test
  void fillsBatchesAcrossDocuments() throws Exception {
    try (var harness = ChangeHarness.open(SKIP)) {
      for (int worker = 0; worker < 3; worker++) {
        harness.send(new Note(worker, "busy " + worker, "b".repeat(88 + worker)));
      }
      List<StartedBatch> busy =
          List.of(
              harness.embedder().nextBatch(),
              harness.embedder().nextBatch(),
              harness.embedder().nextBatch());
      for (int number = 3; number < 7; number++) {
        harness.send(new Note(number, "key " + number, "x" + "y".repeat(number)));
      }
      busy.get(0).finish();

      StartedBatch batch = harness.embedder().nextBatch();
      assertThat(batch.lengths()).hasSize(4);
      batch.finish();
      busy.get(1).finish();
      busy.get(2).finish();
      harness.finishAll();
    }
  }

  private static void failAll(ChangeHarness harness) throws Exception {
    Thread failer =
        new Thread(
            () -> {
              try {
                while (!Thread.interrupted()) {
                  StartedBatch batch = harness.embedder().pollBatch();
                  if (batch != null && batch.firstCharacters().startsWith("x")) {
                    batch.fail(new InferenceException("failed by the test"));
                  } else if (batch != null) {
                    batch.finish(); // the batcher asks whether another text succeeds
                  }
                }
              } catch (InterruptedException e) {
                // the test is over
              }
            });
    failer.start();
    harness.flink().endInput();
    failer.interrupt();
    failer.join();
  }
}
