package dev.streambed.operator.stream;

import dev.streambed.operator.BatchingOptions;
import java.io.Serializable;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.state.memory.MemoryBackendCheckpointStorageAccess;
import org.apache.flink.streaming.api.datastream.AsyncDataStream.OutputMode;

/**
 * Limits of the records that a task slot holds in flight.
 *
 * @param order whether results keep the order of their records
 * @param maxRecords 0 for what fills the batches
 * @param maxBytes 0 for what the batching options say
 */
@Internal
public record InFlightLimits(OutputMode order, int maxRecords, long maxBytes)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  static final InFlightLimits DEFAULT = new InFlightLimits(OutputMode.ORDERED, 0, 0);

  InFlightLimits withOrder(OutputMode newOrder) {
    return new InFlightLimits(newOrder, maxRecords, maxBytes);
  }

  InFlightLimits with(int newMaxRecords, long newMaxBytes) {
    return new InFlightLimits(order, newMaxRecords, newMaxBytes);
  }

  /** Most records in flight in a slot. */
  public int records(BatchingOptions batching) {
    return maxRecords > 0 ? maxRecords : batching.capacity();
  }

  /** Most bytes of records in flight in a slot. */
  public long bytes(BatchingOptions batching, Environment environment) {
    int slots =
        environment.getTaskManagerInfo().getConfiguration().get(TaskManagerOptions.NUM_TASK_SLOTS);
    return maxBytes > 0
        ? maxBytes
        : batching.maxInFlightBytes(
            Runtime.getRuntime().maxMemory(), slots, largestState(environment));
  }

  /**
   * The largest state of an operator that Flink's JobManager takes, where it keeps the checkpoints.
   */
  private static long largestState(Environment environment) {
    return environment.getCheckpointStorageAccess()
            instanceof MemoryBackendCheckpointStorageAccess inJobManager
        ? inJobManager.getMaxStateSize()
        : Long.MAX_VALUE;
  }
}
