package dev.streambed.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.cli.local.EmbeddingCounts.Reading;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.junit.jupiter.api.Test;

class EmbeddingCountsTest {
  private final EmbeddingCounts counts = new EmbeddingCounts();

  @Test
  void sumsTheSlotsAndKeepsWhatEndedSlotsCounted() {
    Counter first = counter(3);
    counts.add("texts", first);
    counts.add("texts", counter(4));
    counts.add("tokens", counter(50));
    counts.add("tombstones", counter(5));
    counts.add("embeddings", counter(6));
    counts.add("skipped", counter(6));
    counts.add("numRecordsIn", counter(1_000)); // none of ours

    first.inc(7);
    counts.remove("texts", first);
    first.inc(1_000); // no longer counted

    Reading read = counts.read();
    assertThat(read.texts()).isEqualTo(14); // 3 + 7 + 4
    assertThat(read.tokens()).isEqualTo(50);
    assertThat(read.tombstones()).isEqualTo(5);
    assertThat(read.embeddings()).isEqualTo(6);
    assertThat(read.skipped()).isEqualTo(6);
  }

  @Test
  void takesQuantilesOverTheLatenciesOfAllSlots() {
    var fast = new DescriptiveStatisticsHistogram(1_000);
    var slow = new DescriptiveStatisticsHistogram(1_000);
    for (int i = 1; i <= 50; i++) {
      fast.update(i);
      slow.update(50 + i);
    }
    counts.add("latencyMicros", fast);
    counts.add("latencyMicros", slow);

    // of 1 to 100
    assertThat(counts.read()).isEqualTo(new Reading(Map.of(), 50, 99));
  }

  @Test
  void sumsDeadLettersByReasonOverSlotsAndRestarts() {
    Counter first = counter(3);
    counts.addReason("BLANK", first);
    counts.addReason("BLANK", counter(4));
    counts.addReason("INVALID_JSON", counter(1));

    first.inc(7);
    counts.removeReason("BLANK", first);
    first.inc(1_000); // no longer counted

    assertThat(counts.deadLetters().byReason())
        .isEqualTo(Map.of("BLANK", 14L, "INVALID_JSON", 1L)); // 3 + 7 + 4
  }

  private static Counter counter(long count) {
    Counter counter = new SimpleCounter();
    counter.inc(count);
    return counter;
  }
}
