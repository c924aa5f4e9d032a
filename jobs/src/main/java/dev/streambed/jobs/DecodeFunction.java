package dev.streambed.jobs;

import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.SourceRecord;
import java.util.List;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Decodes records; makes dead letters, for {@link DeadLetters#TAG}, of those that do not decode.
 * Runs on the task thread.
 */
final class DecodeFunction extends ProcessFunction<SourceRecord, InputRecord> {
  private static final long serialVersionUID = 1L;

  static final String MISSING_KEY = "MISSING_KEY";

  private final RecordFormat format;
  private final boolean requiresKey;

  DecodeFunction(RecordFormat format, boolean requiresKey) {
    this.format = format;
    this.requiresKey = requiresKey;
  }

  @Override
  public void processElement(SourceRecord record, Context context, Collector<InputRecord> out) {
    byte[] value = record.value();
    if (record.key() == null && (requiresKey || value == null)) {
      String message =
          value == null
              ? "Cannot pass on a tombstone without a key: it deletes nothing."
              : "The record has no key, and the job requires one.";
      context.output(DeadLetters.TAG, letter(MISSING_KEY, message, record));
    } else if (value == null) {
      out.collect(new InputRecord(record, null));
    } else {
      try {
        out.collect(new InputRecord(record, format.decode(record, value)));
      } catch (MalformedRecordException e) {
        context.output(
            DeadLetters.TAG, letter(e.reason().name(), String.valueOf(e.getMessage()), record));
      }
    }
  }

  private static DeadLetter letter(String reason, String message, SourceRecord record) {
    return new DeadLetter(Stage.DECODE, reason, message, record, List.of());
  }
}
