package dev.streambed.operator;

import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.streaming.api.datastream.AsyncDataStream.OutputMode;
import org.apache.flink.streaming.api.functions.async.AsyncRetryStrategy;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.async.AsyncWaitOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.retryable.AsyncRetryStrategies;

/**
 * Flink's async operator, which bounds its records in flight by their number, bounded by their
 * bytes as well: a record waits until there is room for it, and gives its room back when its result
 * is emitted. While one waits, results are emitted as ever; a checkpoint comes after it, as when
 * the operator's capacity is used up (docs/decisions/0084). Confined to the task thread.
 *
 * @param <T> type of the records
 */
final class EmbeddingOperator<T> extends AsyncWaitOperator<T, Enriched<T>> {
  private static final long serialVersionUID = 1L;

  // A timeout would fail the job because of a long queue; the batcher answers each record, or the
  // job ends.
  private static final long NO_TIMEOUT = 0;

  private final transient InFlightBytes<T> inFlight;
  private final transient MailboxExecutor mailbox;

  /**
   * @param parameters with an output that gives back to {@code inFlight}
   */
  EmbeddingOperator(
      StreamOperatorParameters<Enriched<T>> parameters,
      EmbeddingFunction<T> function,
      int capacity,
      InFlightBytes<T> inFlight) {
    super(
        parameters,
        function,
        NO_TIMEOUT,
        capacity,
        OutputMode.ORDERED,
        noRetries(),
        parameters.getProcessingTimeService(),
        parameters.getMailboxExecutor());
    this.inFlight = inFlight;
    this.mailbox = parameters.getMailboxExecutor();
  }

  @SuppressWarnings("unchecked") // it says nothing of results
  private static <R> AsyncRetryStrategy<R> noRetries() {
    return AsyncRetryStrategies.NO_RETRY_STRATEGY;
  }

  @Override
  public void open() throws Exception {
    getMetricGroup()
        .addGroup(EmbeddingMetrics.GROUP)
        .gauge("inFlightBytes", (Gauge<Long>) inFlight::taken);
    super.open();
  }

  @Override
  public void processElement(StreamRecord<T> record) throws Exception {
    while (!inFlight.tryTake(record.getValue())) {
      mailbox.yield();
    }
    super.processElement(record);
  }
}
