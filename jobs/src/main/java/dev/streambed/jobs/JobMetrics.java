package dev.streambed.jobs;

import dev.streambed.schemas.DeadLetter.Stage;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * The metrics of this module, in the group {@value #GROUP} of the operator that encodes dead
 * letters. Confined to the task thread.
 *
 * <table>
 *   <caption>Metrics</caption>
 *   <tr><td>decode, embed, encode</td><td>counter</td><td>dead letters by the step that gave up</td></tr>
 *   <tr><td>reason.REASON.records</td><td>counter</td><td>of these, by reason; registered once a reason occurs</td></tr>
 *   <tr><td>shortened</td><td>counter</td><td>dead letters too large for their topic, written without the record's
 *   value</td></tr>
 * </table>
 */
final class JobMetrics {
  static final String GROUP = "deadLetters";
  private static final String REASON = "reason";

  private final MetricGroup group;
  private final Map<Stage, Counter> byStage = new EnumMap<>(Stage.class);
  private final Map<String, Counter> byReason = new HashMap<>();
  private final Counter shortened;

  JobMetrics(MetricGroup operator) {
    this.group = operator.addGroup(GROUP);
    for (Stage stage : Stage.values()) {
      byStage.put(stage, group.counter(stage.name().toLowerCase(Locale.ROOT)));
    }
    this.shortened = group.counter("shortened");
  }

  void deadLetter(Stage stage, String reason) {
    byReason.computeIfAbsent(reason, name -> group.addGroup(REASON, name).counter("records")).inc();
    byStage.computeIfPresent(
        stage,
        (key, counter) -> {
          counter.inc();
          return counter;
        });
  }

  void shortened() {
    shortened.inc();
  }
}
