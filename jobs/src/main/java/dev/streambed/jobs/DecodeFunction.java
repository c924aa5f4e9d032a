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
  private final boolean needsIds;
  private transient @Nullable RecordDecoder decoder;
  private transient @Nullable Counter skipped;

  /**
   * Decodes one format.
   *
   * @param requiresKey whether a record without a key is a dead letter
   * @param onRejected whether a deletion takes the place of a record that does not decode
   * @param needsIds whether a deletion needs the key that the embedding has inside its value
   */
  DecodeFunction(
      RecordFormat format, boolean requiresKey, RejectedPolicy onRejected, boolean needsIds) {
    this.format = format;
    this.requiresKey = requiresKey;
    this.onRejected = onRejected;
    this.needsIds = needsIds;
  }

  @Override
  public void open(OpenContext context) {
    decoder = format.open();
    MetricGroup metrics = getRuntimeContext().getMetricGroup().addGroup(METRICS);
    skipped = metrics.counter("skipped");
    metrics.gauge("registryWaitMillis", RegistryOutage::longestMillis);
  }

  @Override
  public void processElement(SourceRecord record, Context context, Collector<InputRecord> out) {
    Decoded decoded;
    boolean hasId = true;
    try {
      decoded = Objects.requireNonNull(decoder).decode(record);
      if (needsIds && decoded.kind() == Kind.DELETION) {
        hasId = decoder.keyOfDeleted(record) != null;
      }
    } catch (MalformedRecordException e) {
      context.output(
          DeadLetters.TAG, letter(e.reason().name(), String.valueOf(e.getMessage()), record));
      if (onRejected == RejectedPolicy.TOMBSTONE
          && record.key() != null
          && !lacksKey(record)
          && namesId(record)) {
        out.collect(InputRecord.ofRejected(record));
      }
      return;
    }
    boolean deletes = decoded.kind() == Kind.DELETION;
    if (decoded.kind() == Kind.SKIPPED) {
      Objects.requireNonNull(skipped).inc();
    } else if (lacksKey(record) || (deletes && record.key() == null)) {
      String message =
          record.key() != null
              ? "The key of the record is empty, and the job requires one."
              : deletes
                  ? "Cannot pass on a tombstone without a key: it deletes nothing."
                  : "The record has no key, and the job requires one.";
      context.output(DeadLetters.TAG, letter(MISSING_KEY, message, record));
    } else if (!hasId) {
      context.output(
          DeadLetters.TAG,
          letter(
              MISSING_KEY,
              "Cannot pass on a deletion: the key of the embedding is taken from the value (streambed.source.key), and this has none.",
              record));
    } else if (deletes) {
      out.collect(new InputRecord(record.withoutValue(), /* text= */ null));
    } else {
      out.collect(new InputRecord(record, decoded.text()));
    }
  }

  /** Whether a record has no key, or one of 0 bytes, though the job requires one. */
  private boolean lacksKey(SourceRecord record) {
    byte[] key = record.key();
    return requiresKey && (key == null || key.length == 0);
  }

  /** False if nothing tells what the deletion of a record that does not decode is to delete. */
  private boolean namesId(SourceRecord record) {
    try {
      return !needsIds || Objects.requireNonNull(decoder).keyOfDeleted(record) != null;
    } catch (MalformedRecordException e) {
      return false; // it has its dead letter; no embedding has such a key
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
