package dev.streambed.e2e.source;

import dev.streambed.schemas.SourceRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.metrics.groups.InternalSourceReaderMetricGroup;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;

/** The calls of Flink's source operator in an order of the test's choice. One thread's. */
final class SourceOperatorCalls implements SourceReaderContext, ReaderOutput<SourceRecord> {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final List<SourceRecord> emitted = new ArrayList<>();
  private final Map<String, Counter> counters = new ConcurrentHashMap<>();
  private final SourceReaderMetricGroup metrics =
      InternalSourceReaderMetricGroup.mock(new CountingGroup());

  private final class CountingGroup extends UnregisteredMetricsGroup {
    @Override
    public Counter counter(String name) {
      return counters.computeIfAbsent(name, key -> new SimpleCounter());
    }

    @Override
    public MetricGroup addGroup(String name) {
      return this;
    }
  }

  /** Polls until the condition holds or the input ends. */
  InputStatus poll(SourceReader<SourceRecord, ?> reader, BooleanSupplier condition)
      throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    InputStatus status = InputStatus.MORE_AVAILABLE;
    while (!condition.getAsBoolean() && status != InputStatus.END_OF_INPUT) {
      if (status == InputStatus.NOTHING_AVAILABLE) {
        awaitAvailable(reader);
      }
      status = reader.pollNext(this);
      if (System.nanoTime() > end) {
        throw new TimeoutException(emitted.size() + " records after " + LIMIT);
      }
    }
    return status;
  }

  /** Waits for a moment at most, as the condition may come true without a record. */
  private static void awaitAvailable(SourceReader<?, ?> reader) throws Exception {
    try {
      reader.isAvailable().get(100, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // not yet
    }
  }

  List<SourceRecord> emitted() {
    return emitted;
  }

  long count(String counter) {
    return metrics.counter(counter).getCount();
  }

  @Override
  public SourceReaderMetricGroup metricGroup() {
    return metrics;
  }

  @Override
  public Configuration getConfiguration() {
    return new Configuration();
  }

  @Override
  public String getLocalHostName() {
    return "localhost";
  }

  @Override
  public int getIndexOfSubtask() {
    return 0;
  }

  @Override
  public int currentParallelism() {
    return 1;
  }

  @Override
  public void sendSplitRequest() {}

  @Override
  public void sendSourceEventToCoordinator(SourceEvent event) {}

  @Override
  public UserCodeClassLoader getUserCodeClassLoader() {
    return SimpleUserCodeClassLoader.create(getClass().getClassLoader());
  }

  @Override
  public void collect(SourceRecord record) {
    emitted.add(record);
  }

  @Override
  public void collect(SourceRecord record, long timestamp) {
    emitted.add(record);
  }

  @Override
  public void emitWatermark(Watermark watermark) {}

  @Override
  public void markIdle() {}

  @Override
  public void markActive() {}

  @Override
  public SourceOutput<SourceRecord> createOutputForSplit(String split) {
    return this;
  }

  @Override
  public void releaseOutputForSplit(String split) {}
}
