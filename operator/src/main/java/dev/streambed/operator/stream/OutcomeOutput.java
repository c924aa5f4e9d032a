package dev.streambed.operator.stream;

import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * An operator's output that emits embedded records, sends rejected ones to the side output of
 * failures, and gives back the bytes of both: the operator holds them no more. Confined to the task
 * thread.
 *
 * @param <T> type of the records
 */
final class OutcomeOutput<T> implements Output<StreamRecord<Outcome<T>>> {
  private final Output<StreamRecord<Embedded<T>>> output;
  private final @Nullable OutputTag<Rejected<T>> failures;
  private final InFlightBytes inFlight;

  OutcomeOutput(
      Output<StreamRecord<Embedded<T>>> output,
      @Nullable OutputTag<Rejected<T>> failures,
      InFlightBytes inFlight) {
    this.output = output;
    this.failures = failures;
    this.inFlight = inFlight;
  }

  @Override
  public void collect(StreamRecord<Outcome<T>> emitted) {
    Outcome<T> outcome = emitted.getValue();
    Embedded<T> embedded = outcome.embedded();
    Rejected<T> rejected = outcome.rejected();
    if (embedded != null) {
      output.collect(emitted.replace(embedded));
    } else if (rejected != null && failures != null) {
      output.collect(failures, emitted.<Rejected<T>>replace(rejected));
    }
    inFlight.giveBack(outcome.bytes());
  }

  @Override
  public <X> void collect(OutputTag<X> tag, StreamRecord<X> sideOutput) {
    output.collect(tag, sideOutput);
  }

  @Override
  public void emitWatermark(Watermark watermark) {
    output.emitWatermark(watermark);
  }

  @Override
  public void emitWatermarkStatus(WatermarkStatus status) {
    output.emitWatermarkStatus(status);
  }

  @Override
  public void emitLatencyMarker(LatencyMarker marker) {
    output.emitLatencyMarker(marker);
  }

  @Override
  public void emitRecordAttributes(RecordAttributes attributes) {
    output.emitRecordAttributes(attributes);
  }

  @Override
  public void emitWatermark(WatermarkEvent watermark) {
    output.emitWatermark(watermark);
  }

  @Override
  public void close() {
    output.close();
  }
}
