package dev.streambed.operator.change;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.operator.EmbeddingRuntime;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.Rejected;
import java.util.List;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Emits results under the timestamps of their records. Confined to the task thread.
 *
 * @param output of the operator
 * @param failures where rejected records go
 * @param runtime stays the caller's
 */
record Emission<T>(
    Output<StreamRecord<Embedded<T>>> output,
    OutputTag<Rejected<T>> failures,
    EmbeddingRuntime runtime) {

  Embedded<T> embedded(Waiting<T> record, List<Embedding> embeddings) {
    return new Embedded<>(
        record.record().getValue(),
        embeddings,
        runtime.promptName(record.content().prompt()),
        runtime.modelName(),
        runtime.modelDigest());
  }

  void emit(Waiting<T> record, Embedded<T> embedded) {
    output.collect(at(record, embedded));
  }

  void emitWithoutVectors(Waiting<T> record) {
    emit(record, embedded(record, List.of()));
  }

  void reject(Waiting<T> record, TextRejectedException rejection) {
    output.collect(
        failures,
        at(
            record,
            new Rejected<>(
                record.record().getValue(),
                rejection.reason(),
                String.valueOf(rejection.getMessage()))));
  }

  private static <R> StreamRecord<R> at(Waiting<?> record, R result) {
    return record.record().hasTimestamp()
        ? new StreamRecord<>(result, record.record().getTimestamp())
        : new StreamRecord<>(result);
  }
}
