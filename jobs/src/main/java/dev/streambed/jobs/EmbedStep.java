package dev.streambed.jobs;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.EncodeFunction.ModelUse;
import dev.streambed.jobs.Encoding.Target;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.operator.TextEmbedderFactory;
import dev.streambed.operator.change.KeyedEmbedding;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.MissingText;
import dev.streambed.operator.stream.Rejected;
import dev.streambed.operator.stream.StreamEmbedder;
import dev.streambed.operator.stream.StreamEmbedderBuilder;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;

/**
 * Wires the step that embeds: every record, or keyed by document what changed.
 *
 * @param target where and how embeddings will be written
 */
record EmbedStep(EmbedTopicOptions options, Target target, TextEmbedderFactory embedders) {
  static final OutputTag<Rejected<InputRecord>> FAILURES =
      new OutputTag<>("failures", Rejected.type(TypeInformation.of(InputRecord.class)));

  SingleOutputStreamOperator<Embedded<InputRecord>> addTo(DataStream<InputRecord> decoded) {
    return options.changes().isOff()
        ? embedder().embed(decoded).uid("embed").name("embed")
        : KeyedEmbedding.embed(decoded, embedder(), new SourceDocuments(target), options.changes());
  }

  private StreamEmbedder<InputRecord> embedder() {
    InputText text = new InputText(target.sourceFormat());
    long vectors = bytesOfVectors(target.model());
    StreamEmbedderBuilder<InputRecord> embedder =
        StreamEmbedder.<InputRecord>builder()
            .setEmbedders(embedders)
            .setText(text::text)
            .setPrompt(text::promptName)
            .setRecordSize(record -> record.bytes() + vectors)
            .setBatching(options.batching())
            .setMissingText(MissingText.PASS) // a tombstone
            .setFailures(FAILURES);
    if (target.form().onRejected() == RejectedPolicy.TOMBSTONE) {
      embedder.passFailures();
    }
    return embedder.build();
  }

  /** The vectors of a record, which wait for their order with it: decision 0084. */
  static long bytesOfVectors(ModelUse model) {
    long components = 0;
    for (VectorSpace space : model.spaces()) {
      components += space.dimensions();
    }
    return components * Float.BYTES;
  }
}
