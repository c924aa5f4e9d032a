package dev.streambed.operator;

import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * An operator's output that gives back the bytes of what is emitted: the operator holds it no more.
 * Confined to the task thread.
 *
 * @param <T> type of the records
 */
final class EmittedOutput<T> implements Output<StreamRecord<Enriched<T>>> {
  private final Output<StreamRecord<Enriched<T>>> output;
  private final InFlightBytes<T> inFlight;

  EmittedOutput(Output<StreamRecord<Enriched<T>>> output, InFlightBytes<T> inFlight) {
    this.output = output;
    this.inFlight = inFlight;
  }

  @Override
  public void collect(StreamRecord<Enriched<T>> emitted) {
    T input = emitted.getValue().input(); // before the next operator has the record
    output.collect(emitted);
    inFlight.giveBack(input);
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
