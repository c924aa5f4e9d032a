package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.schemas.SourcePosition;
import java.util.List;
import org.apache.flink.metrics.testutils.MetricListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WrittenCountsTest {
  private final MetricListener listener = new MetricListener();
  private final WrittenCounts counts = new WrittenCounts(listener.getMetricGroup());

  @Test
  void countsRecordsBesideTheEmbeddingsAndTombstonesThatTheyLeadTo() {
    for (int chunk = 0; chunk < 3; chunk++) {
      counts.add(written(1, new byte[1]));
    }
    counts.add(written(1, null)); // two chunks that are left over
    counts.add(written(1, null));
    counts.add(written(2, null)); // only deletes
    counts.add(written(3, new byte[1]));

    assertThat(count("embeddings")).isEqualTo(4);
    assertThat(count("documents")).isEqualTo(2);
    assertThat(count("tombstones")).isEqualTo(3);
    assertThat(count("deletions")).isEqualTo(2);
    assertThat(count("tombstonesOfRejected")).isZero();
    assertThat(count("deletionsOfRejected")).isZero();
  }

  @Test
  void countsTheTombstonesOfRejectedRecordsAlsoByThemselves() {
    counts.add(written(1, null));
    counts.addOfRejected(position(2));
    counts.addOfRejected(position(2));
    counts.addOfRejected(position(3));

    assertThat(count("tombstones")).isEqualTo(4);
    assertThat(count("deletions")).isEqualTo(3);
    assertThat(count("tombstonesOfRejected")).isEqualTo(3);
    assertThat(count("deletionsOfRejected")).isEqualTo(2);
  }

  private long count(String name) {
    return listener.getCounter("encode", name).orElseThrow().getCount();
  }

  private static OutputRecord written(long offset, byte @Nullable [] value) {
    return new OutputRecord(new byte[1], value, List.of(), -1, position(offset));
  }

  private static SourcePosition position(long offset) {
    return new SourcePosition("texts", 0, offset);
  }
}
