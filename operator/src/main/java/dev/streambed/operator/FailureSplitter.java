package dev.streambed.operator;

import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Sends failed records to a side output and the others on.
 *
 * @param <T> type of the record
 */
public final class FailureSplitter<T> extends ProcessFunction<Enriched<T>, Enriched<T>> {
  private static final long serialVersionUID = 1L;

  private final OutputTag<Enriched<T>> failures;

  public FailureSplitter(OutputTag<Enriched<T>> failures) {
    this.failures = failures;
  }

  @Override
  public void processElement(Enriched<T> value, Context context, Collector<Enriched<T>> out) {
    if (value.isFailed()) {
      context.output(failures, value);
    } else {
      out.collect(value);
    }
  }
}
