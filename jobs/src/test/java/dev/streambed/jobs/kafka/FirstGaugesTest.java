package dev.streambed.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.metrics.groups.InternalSinkCommitterMetricGroup;
import org.apache.flink.runtime.metrics.groups.InternalSinkWriterMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.streaming.runtime.operators.sink.committables.CommittableCollector;
import org.junit.jupiter.api.Test;

class FirstGaugesTest {
  private final RecordingGroup registered = new RecordingGroup();

  @Test
  void aCopyOfFlinksCollectorRegistersNoGaugeAgain() {
    var metrics = InternalSinkCommitterMetricGroup.wrap(registered);
    CommittableCollector<Object> collector = CommittableCollector.of(metrics);

    FirstGauges.keep(metrics, "pendingCommittables");
    collector.copy();
    metrics.counter("another");

    assertThat(registered.names).containsOnlyOnce("pendingCommittables").contains("another");
  }

  @Test
  void aWriterRegistersEachGaugeOnce() {
    var metrics = InternalSinkWriterMetricGroup.wrap(registered);

    FirstGauges.keep(metrics);
    metrics.setCurrentSendTimeGauge(() -> 1L);
    metrics.setCurrentSendTimeGauge(() -> 2L);

    assertThat(registered.names).containsOnlyOnce("currentSendTime");
  }

  /** Remembers what was registered, as often as it was. */
  private static final class RecordingGroup
      extends UnregisteredMetricGroups.UnregisteredOperatorMetricGroup {
    private final List<String> names = new ArrayList<>();

    @Override
    protected void addMetric(String name, Metric metric) {
      if (names != null) { // not yet while the superclass is built
        names.add(name);
      }
    }
  }
}
