package dev.streambed.jobs.kafka;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.TwoPhaseCommittingStatefulSink.PrecommittingStatefulSinkWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A writer of the connector that can always be closed. The connector's own writer fails to close if
 * Kafka has just refused a record, or cannot be asked to abort a transaction. If that happens after
 * a task has failed or was cancelled, Flink ends the TaskManager, with the tasks of all other jobs
 * (docs/decisions/0066). Confined to the task thread.
 */
final class SafelyClosedWriter
    implements PrecommittingStatefulSinkWriter<OutputRecord, KafkaWriterState, KafkaCommittable> {
  private static final Logger LOG = LoggerFactory.getLogger(SafelyClosedWriter.class);

  private final PrecommittingStatefulSinkWriter<OutputRecord, KafkaWriterState, KafkaCommittable>
      connector;
  private final String topic;

  SafelyClosedWriter(
      PrecommittingStatefulSinkWriter<OutputRecord, KafkaWriterState, KafkaCommittable> connector,
      String topic) {
    this.connector = connector;
    this.topic = topic;
  }

  @Override
  public void write(OutputRecord element, Context context)
      throws IOException, InterruptedException {
    connector.write(element, context);
  }

  @Override
  public void flush(boolean endOfInput) throws IOException, InterruptedException {
    connector.flush(endOfInput);
  }

  @Override
  public void writeWatermark(Watermark watermark) throws IOException, InterruptedException {
    connector.writeWatermark(watermark);
  }

  @Override
  public Collection<KafkaCommittable> prepareCommit() throws IOException, InterruptedException {
    return connector.prepareCommit();
  }

  @Override
  public List<KafkaWriterState> snapshotState(long checkpointId) throws IOException {
    return connector.snapshotState(checkpointId);
  }

  /** Closes the connector's writer; logs a failure instead of throwing it. */
  @Override
  public void close() {
    try {
      connector.close();
    } catch (Exception e) {
      // Nothing can be lost here: a checkpoint, and the end of the input, flush before they commit,
      // and what is not committed is read again.
      LOG.warn(
          "The writer of topic {} was not closed cleanly. Records that it has not committed are written again from the last checkpoint.",
          topic,
          e);
    }
  }
}
