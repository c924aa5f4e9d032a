package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.HEADER;
import static dev.streambed.jobs.Samples.MODEL;
import static dev.streambed.jobs.Samples.embedded;
import static dev.streambed.jobs.Samples.input;
import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.EncodeFunction.Form;
import dev.streambed.jobs.EncodeFunction.ModelUse;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.format.TextFormat;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.jobs.options.policy.ModelChangePolicy;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.junit.jupiter.api.Test;

/** The vectors of a record, and the addresses of their spaces. */
@SuppressWarnings("try") // Flink's close() declares to throw anything
class EncodedVectorsTest {
  private static final RecordHeader SPACE =
      new RecordHeader("streambed-space", utf8(MODEL.space().toString()));

  @Test
  void replacesTheSpaceThatAReadRecordHasInItsHeaders() throws Exception {
    SourceRecord read =
        new SourceRecord(
            new SourcePosition("texts", 0, 7),
            7,
            utf8("key"),
            utf8("four score"),
            List.of(new RecordHeader("streambed-space", utf8("old")), HEADER));
    var text = new TextRecord("key", "four score", null, Map.of(), 42);
    try (var harness = harness(MODEL, form(EmbeddingFormat.JSON))) {
      harness.processElement(embedded(new InputRecord(read, text), 1), 0);

      assertThat(harness.extractOutputValues().get(0).headers()).containsExactly(HEADER, SPACE);
    }
  }

  @Test
  void writesEachLengthOfAVectorUnderItsNameWithItsSpace() throws Exception {
    VectorSpace first = MODEL.space().withDimensions(3);
    var model =
        new ModelUse(
            List.of(first, first.withDimensions(1), first.withDimensions(2)),
            "1",
            "ab".repeat(32),
            "fp32",
            "passage");
    var embedding =
        new Embedding(
            new float[] {0.1f, 0.2f, 0.3f},
            List.of(new float[] {1}, new float[] {0.6f, 0.8f}),
            3,
            /* truncated= */ false,
            /* unknownTokens= */ 2);
    for (EmbeddingFormat format : List.of(EmbeddingFormat.JSON, EmbeddingFormat.AVRO)) {
      try (var harness = harness(model, form(format))) {
        harness.processElement(embedded(input("four score", null), embedding), 0);

        OutputRecord record = harness.extractOutputValues().get(0);
        byte[] value = Objects.requireNonNull(record.value());
        EmbeddingRecord read =
            format == EmbeddingFormat.JSON
                ? EmbeddingRecordCodec.decodeJson(value)
                : EmbeddingRecordAvro.decode(value);
        assertThat(read.embedding()).containsExactly(0.1f, 0.2f, 0.3f);
        assertThat(read.others())
            .containsExactly(
                new OtherVector(
                    "streambed://text-embedding@1/tiny@cdcdcdcdcdcd?dimensions=2",
                    new float[] {0.6f, 0.8f}),
                new OtherVector(
                    "streambed://text-embedding@1/tiny@cdcdcdcdcdcd?dimensions=1",
                    new float[] {1}));
        assertThat(record.headers())
            .containsExactly(HEADER, new RecordHeader("streambed-space", utf8(first.toString())));
      }
    }
  }

  @Test
  void countsAllVectorsOfARecordInFlight() {
    VectorSpace space = MODEL.space().withDimensions(8);
    List<VectorSpace> spaces = List.of(space, space.withDimensions(6), space.withDimensions(4));

    long bytes = EmbedTopicJob.bytesOfVectors(new ModelUse(spaces, "1", "ab", "fp32", "passage"));

    assertThat(bytes).isEqualTo((8 + 6 + 4) * 4);
  }

  private static Form form(EmbeddingFormat format) {
    return new Form(
        format.with(VectorEncoding.FLOAT32),
        /* includesText= */ true,
        RejectedPolicy.KEEP,
        OutputHeaders.DEFAULT);
  }

  private static OneInputStreamOperatorTestHarness<Embedded<InputRecord>, OutputRecord> harness(
      ModelUse model, Form form) throws Exception {
    var limits =
        new TopicLimits(
            1 << 20, TopicLimits.UNLIMITED, TopicLimits.UNLIMITED, /* requiresKey= */ false);
    return ProcessFunctionTestHarnesses.forProcessFunction(
        new EncodeFunction(
            new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
            model,
            form,
            () -> limits,
            ModelChangePolicy.FAIL));
  }
}
