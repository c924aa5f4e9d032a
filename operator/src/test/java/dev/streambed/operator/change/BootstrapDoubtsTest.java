package dev.streambed.operator.change;

import static dev.streambed.operator.change.BootstrapTest.BOTH;
import static dev.streambed.operator.change.BootstrapTest.FIRST;
import static dev.streambed.operator.change.BootstrapTest.SECOND;
import static dev.streambed.operator.change.BootstrapTest.embedded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.operator.change.ChangeHarness.Setup;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Records of a topic that a state which begins with it does not take as they are. */
@Timeout(60)
@SuppressWarnings("try") // the harness declares that close() throws Exception
class BootstrapDoubtsTest {
  private static final Setup SKIP = Setup.of(ChangeMode.SKIP);

  /** Partitions are read in any order. */
  @Test
  void aChunkOfAFormerPartitionIsOnlyWhereNothingElseIsKnown() throws Exception {
    var both = new Note(1, "a", BOTH);
    TopicOfNotes topic =
        new TopicOfNotes()
            .addFormer(both, 2)
            .addFormer(both, 0)
            .addChunk(both, FIRST, 0, 2)
            .addChunk(both, SECOND, 1, 2)
            .addFormer(both, 1);
    Setup setup = SKIP.splitting(ChunkingOptions.DEFAULT).beginningWith(topic);

    try (var harness = ChangeHarness.open(setup)) {
      harness.send(new Note(11, "a", BOTH));
      harness.finishAll();

      assertThat(harness.results()).containsExactly("11 #2 none");
      assertThat(embedded(harness)).isZero();
    }
  }

  @Test
  void aDocumentIsForgottenAfterTheTimeToLiveOfItsRecordInTheTopic() throws Exception {
    TopicOfNotes topic =
        new TopicOfNotes()
            .add(new Note(850, "a", "x"), "x")
            .add(new Note(950, "b", "x"), "x")
            .add(new Note(960, "c", "x"), "x")
            .add(new Note(900, "c", "y"), "y");
    var ttl = new ChangeOptions(ChangeMode.SKIP, Duration.ofMillis(100));

    try (var harness = new ChangeHarness(SKIP.with(ttl).beginningWith(topic))) {
      harness.flink().setProcessingTime(1000);
      harness.flink().open();
      harness.send(new Note(1, "a", "x"));
      harness.send(new Note(2, "b", "x"));
      harness.send(new Note(3, "c", "x"));
      harness.finishAll();

      assertThat(harness.results()).containsExactly("1 [120.0, 1.0]", "3 [120.0, 1.0]");
    }
  }
}
