package dev.streambed.jobs;

import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.operator.Enriched;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Part;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.DeadLetterCodec;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Encodes dead letters. One that is too large for its topic loses parts of its record until it
 * fits, so that no record stops the job. Runs on the task thread.
 */
final class DeadLetters extends ProcessFunction<DeadLetter, OutputRecord> {
  private static final long serialVersionUID = 1L;

  /** Side output of the operators that give up on records. */
  static final OutputTag<DeadLetter> TAG =
      new OutputTag<>("dead-letters", TypeInformation.of(DeadLetter.class));

  private final int maxRecordBytes;
  private transient @Nullable JobMetrics metrics;

  DeadLetters(int maxRecordBytes) {
    this.maxRecordBytes = maxRecordBytes;
  }

  /** The dead letter of a record whose text was rejected. */
  static DeadLetter of(Enriched<InputRecord> failed) {
    return new DeadLetter(
        Stage.EMBED,
        Objects.requireNonNull(failed.failureReason()),
        String.valueOf(failed.failureMessage()),
        failed.input().source(),
        List.of());
  }

  @Override
  public void open(OpenContext context) {
    metrics = new JobMetrics(getRuntimeContext().getMetricGroup());
  }

  @Override
  public void processElement(DeadLetter letter, Context context, Collector<OutputRecord> out) {
    JobMetrics counters = Objects.requireNonNull(metrics);
    counters.deadLetter(letter.stage());
    OutputRecord encoded = encode(letter);
    if (!fits(encoded)) {
      counters.shortened();
      encoded = encodeShortened(letter);
    }
    out.collect(encoded);
  }

  private OutputRecord encodeShortened(DeadLetter letter) {
    DeadLetter shorter = letter;
    OutputRecord encoded = encode(letter);
    for (Part part : Part.values()) {
      if (fits(encoded)) {
        break;
      }
      shorter = shorter.without(part);
      encoded = encode(shorter);
    }
    return encoded;
  }

  private boolean fits(OutputRecord record) {
    return record.maxBytesOnWire() <= maxRecordBytes;
  }

  private static OutputRecord encode(DeadLetter letter) {
    return OutputRecord.of(letter.record(), DeadLetterCodec.encodeJson(letter));
  }
}
