package dev.streambed.jobs;

import dev.streambed.jobs.format.Decoded;
import dev.streambed.jobs.format.Decoded.Kind;
import dev.streambed.jobs.format.RecordDecoder;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.jobs.registry.RegistryOutage;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.SourceRecord;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Decodes records; makes dead letters, for {@link DeadLetters#TAG}, of those that do not decode.
 * Runs on the task thread.
 */
final class DecodeFunction extends ProcessFunction<SourceRecord, InputRecord> {
  private static final long serialVersionUID = 1L;

  static final String MISSING_KEY = "MISSING_KEY";

  /** Group of the metrics of this step. */
  private static final String METRICS = "decode";

  private final RecordFormat format;
  private final boolean requiresKey;
  private final RejectedPolicy onRejected;
  private transient @Nullable RecordDecoder decoder;
  private transient @Nullable Counter skipped;
  private transient @Nullable Counter tombstones;

  /**
   * Decodes one format.
   *
   * @param requiresKey whether a record without a key is a dead letter
   * @param onRejected whether a deletion takes the place of a record that does not decode
   */
  DecodeFunction(RecordFormat format, boolean requiresKey, RejectedPolicy onRejected) {
    this.format = format;
    this.requiresKey = requiresKey;
    this.onRejected = onRejected;
  }

  @Override
  public void open(OpenContext context) {
    decoder = format.open();
    MetricGroup metrics = getRuntimeContext().getMetricGroup().addGroup(METRICS);
    skipped = metrics.counter("skipped");
    tombstones = metrics.counter("tombstones");
    metrics.gauge("registryWaitMillis", RegistryOutage::longestMillis);
  }

  @Override
  public void processElement(SourceRecord record, Context context, Collector<InputRecord> out) {
    Decoded decoded;
    try {
      decoded = Objects.requireNonNull(decoder).decode(record);
    } catch (MalformedRecordException e) {
      context.output(
          DeadLetters.TAG, letter(e.reason().name(), String.valueOf(e.getMessage()), record));
      if (onRejected == RejectedPolicy.TOMBSTONE && record.key() != null) {
        out.collect(new InputRecord(record.withoutValue(), /* text= */ null));
      }
      return;
    }
    boolean deletes = decoded.kind() == Kind.DELETION;
    if (decoded.kind() == Kind.SKIPPED) {
      Objects.requireNonNull(skipped).inc();
    } else if (record.key() == null && (requiresKey || deletes)) {
      String message =
          deletes
              ? "Cannot pass on a tombstone without a key: it deletes nothing."
              : "The record has no key, and the job requires one.";
      context.output(DeadLetters.TAG, letter(MISSING_KEY, message, record));
    } else if (deletes) {
      Objects.requireNonNull(tombstones).inc();
      out.collect(new InputRecord(record.withoutValue(), /* text= */ null));
    } else {
      out.collect(new InputRecord(record, decoded.text()));
    }
  }

  @Override
  public void close() {
    if (decoder != null) {
      decoder.close();
    }
  }

  private static DeadLetter letter(String reason, String message, SourceRecord record) {
    return new DeadLetter(Stage.DECODE, reason, message, record, List.of());
  }
}
