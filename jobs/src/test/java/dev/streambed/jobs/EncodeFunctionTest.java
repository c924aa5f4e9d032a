package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.HEADER;
import static dev.streambed.jobs.Samples.MODEL;
import static dev.streambed.jobs.Samples.embedded;
import static dev.streambed.jobs.Samples.input;
import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static dev.streambed.jobs.Samples.withoutText;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.EncodeFunction.Form;
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
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.apache.flink.util.function.SerializableSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // Flink's close() declares to throw anything
class EncodeFunctionTest {

  private static final int MIB = 1 << 20;
  private static final RecordHeader SPACE =
      new RecordHeader("streambed-space", utf8(MODEL.space().toString()));

  @Test
  void writesTheEmbeddingWithItsProvenance() throws Exception {
    try (var harness = harness(encode(EmbeddingFormat.JSON, true, MIB))) {
      harness.processElement(embedded(input("four score", null), 0.6f, 0.8f), 0);

      assertThat(decoded(harness))
          .isEqualTo(
              new EmbeddingRecord(
                  "key",
                  "four score",
                  new float[] {0.6f, 0.8f},
                  new Provenance(
                      new ModelReference("tiny", "1", "ab".repeat(32), "fp32"),
                      "streambed://text-embedding@1/tiny@cdcdcdcdcdcd?dimensions=2",
                      "passage",
                      3,
                      /* truncated= */ false,
                      /* unknownTokens= */ 0,
                      Provenance.contentHash("four score"),
                      new SourcePosition("texts", 0, 7)),
                  Map.of("year", "1862"),
                  42));
    }
  }

  @Test
  void keepsKeyHeadersAndTimestampAndAddsTheSpaceToTheHeaders() throws Exception {
    try (var harness = harness(encode(EmbeddingFormat.JSON, true, MIB))) {
      harness.processElement(embedded(input("four score", null), 1), 0);

      OutputRecord record = harness.extractOutputValues().get(0);
      assertThat(record.key()).isEqualTo(utf8("key"));
      assertThat(record.headers()).containsExactly(HEADER, SPACE);
      assertThat(record.timestampMillis()).isEqualTo(7);
    }
  }

  @Test
  void namesThePromptThatWasUsed() throws Exception {
    assertThat(promptOf(input("a", "query"))).isEqualTo("query");
    assertThat(promptOf(input("a", null))).isEqualTo("passage");
    assertThat(promptOf(input("a", "none"))).isNull();
  }

  @Test
  void leavesTheTextOutIfToldSo() throws Exception {
    try (var harness = harness(encode(EmbeddingFormat.JSON, false, MIB))) {
      harness.processElement(embedded(input("four score", null), 1), 0);

      EmbeddingRecord record = decoded(harness);
      assertThat(record.text()).isNull();
      assertThat(record.provenance().contentHash()).isEqualTo(Provenance.contentHash("four score"));
    }
  }

  @Test
  void writesAvroIfToldSo() throws Exception {
    try (var avro = harness(encode(EmbeddingFormat.AVRO, true, MIB));
        var json = harness(encode(EmbeddingFormat.JSON, true, MIB))) {
      avro.processElement(embedded(input("four score", null), 0.6f, 0.8f), 0);
      json.processElement(embedded(input("four score", null), 0.6f, 0.8f), 0);

      byte[] value = Objects.requireNonNull(avro.extractOutputValues().get(0).value());
      assertThat(EmbeddingRecordAvro.decode(value)).isEqualTo(decoded(json));
    }
  }

  @Test
  void passesATombstoneOn() throws Exception {
    try (var harness = harness(encode(EmbeddingFormat.JSON, true, MIB))) {
      harness.processElement(withoutText(new InputRecord(source(7, "key", null), null)), 0);

      OutputRecord record = harness.extractOutputValues().get(0);
      assertThat(record.key()).isEqualTo(utf8("key"));
      assertThat(record.value()).isNull();
      assertThat(record.headers()).containsExactly(HEADER);
      assertThat(record.timestampMillis()).isEqualTo(7);
    }
  }

  @Test
  void decodesARecordThatComesFromACheckpoint() throws Exception {
    InputRecord restored =
        new InputRecord(source(7, "key", utf8("{\"text\":\"four score\"}")), /* text= */ null);
    try (var harness = harness(encode(EmbeddingFormat.JSON, true, MIB))) {
      harness.processElement(embedded(restored, 1), 0);

      assertThat(decoded(harness).text()).isEqualTo("four score");
    }
  }

  @Test
  void makesADeadLetterOfARecordThatDecodesNoMoreSinceTheFormatWasChanged() throws Exception {
    InputRecord restored = new InputRecord(source(7, "key", utf8("plain text")), /* text= */ null);
    Embedded<InputRecord> passedOn = withoutText(restored);
    try (var harness = harness(encode(EmbeddingFormat.JSON, true, MIB))) {
      harness.processElement(passedOn, 0);

      assertThat(
              new InputText(new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null))
                  .text(restored))
          .isNull();
      assertThat(harness.extractOutputValues()).isEmpty();
      DeadLetter letter = harness.getSideOutput(DeadLetters.TAG).remove().getValue();
      assertThat(letter.stage()).isEqualTo(Stage.DECODE);
      assertThat(letter.reason()).isEqualTo("INVALID_JSON");
      assertThat(letter.record()).isEqualTo(restored.source());
    }
  }

  private static SerializableSupplier<TopicLimits> sizes(int maxRecordBytes) {
    var limits =
        new TopicLimits(
            maxRecordBytes, TopicLimits.UNLIMITED, TopicLimits.UNLIMITED, /* requiresKey= */ false);
    return () -> limits;
  }

  private static EncodeFunction encode(EmbeddingFormat format, boolean includesText, int bytes) {
    return encode(format, includesText, sizes(bytes));
  }

  private static EncodeFunction encode(
      EmbeddingFormat format, boolean includesText, SerializableSupplier<TopicLimits> topic) {
    return new EncodeFunction(
        new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
        MODEL,
        new Form(
            format.with(VectorEncoding.FLOAT32),
            includesText,
            RejectedPolicy.KEEP,
            OutputHeaders.DEFAULT),
        topic,
        ModelChangePolicy.FAIL);
  }

  private static @Nullable String promptOf(InputRecord input) throws Exception {
    try (var harness = harness(encode(EmbeddingFormat.JSON, true, MIB))) {
      harness.processElement(embedded(input, 1), 0);
      return decoded(harness).provenance().prompt();
    }
  }

  private static OneInputStreamOperatorTestHarness<Embedded<InputRecord>, OutputRecord> harness(
      EncodeFunction function) throws Exception {
    return ProcessFunctionTestHarnesses.forProcessFunction(function);
  }

  private static EmbeddingRecord decoded(
      OneInputStreamOperatorTestHarness<Embedded<InputRecord>, OutputRecord> harness) {
    OutputRecord record = harness.extractOutputValues().get(0);
    return EmbeddingRecordCodec.decodeJson(Objects.requireNonNull(record.value()));
  }
}
