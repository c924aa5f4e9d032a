package dev.streambed.operator.stream;

import dev.streambed.operator.EmbeddingRuntime;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.metrics.Gauge;
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
final class EmbeddingOperator<T> extends AsyncWaitOperator<T, Outcome<T>> {
  private static final long serialVersionUID = 1L;

  // A timeout would fail the job because of a long queue; the batcher answers each record, or the
  // job ends.
  private static final long NO_TIMEOUT = 0;

  private final transient EmbeddingSettings<T> settings;
  private final transient EmbeddingFunction<T> function;
  private final transient InFlightBytes inFlight;
  private final transient MailboxExecutor mailbox;

  /**
   * @param parameters with an output that gives back to {@code inFlight}
   * @param maxRecords in flight
   */
  EmbeddingOperator(
      StreamOperatorParameters<Outcome<T>> parameters,
      EmbeddingSettings<T> settings,
      EmbeddingFunction<T> function,
      int maxRecords,
      InFlightBytes inFlight) {
    super(
        parameters,
        function,
        NO_TIMEOUT,
        maxRecords,
        settings.limits().order(),
        noRetries(),
        parameters.getProcessingTimeService(),
        parameters.getMailboxExecutor());
    this.settings = settings;
    this.function = function;
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
        .addGroup(EmbeddingRuntime.METRIC_GROUP)
        .gauge("inFlightBytes", (Gauge<Long>) inFlight::taken);
    super.open();
  }

  @Override
  public void processElement(StreamRecord<T> record) throws Exception {
    RecordContent content = settings.extractor().of(record.getValue());
    if (content.texts().isEmpty() && settings.failures().missingText() == MissingText.SKIP) {
      return;
    }
    while (!inFlight.tryTake(content.bytes())) {
      mailbox.yield();
    }
    function.expect(content);
    super.processElement(record);
  }
}
