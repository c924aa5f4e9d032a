package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.HEADER;
import static dev.streambed.jobs.Samples.MODEL;
import static dev.streambed.jobs.Samples.embedded;
import static dev.streambed.jobs.Samples.input;
import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static dev.streambed.jobs.Samples.withoutText;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

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
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.VectorEncoding;
import java.util.List;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.junit.jupiter.api.Test;

/** How {@link EncodeFunction} treats the embedding that a rejected record had before. */
@SuppressWarnings("try") // Flink's close() declares to throw anything
class StaleEmbeddingsTest {
  private static final TopicLimits MIB =
      new TopicLimits(1 << 20, TopicLimits.UNLIMITED, TopicLimits.UNLIMITED, false);

  @Test
  void aTombstoneTakesThePlaceOfATextThatWasRejectedIfToldSo() throws Exception {
    var noKey = new InputRecord(source(8, null, utf8("{}")), input("a", null).text());
    try (var harness = deleting(MIB)) {
      harness.processElement(withoutText(input("rejected", null)), 0);
      harness.processElement(withoutText(noKey), 0);

      assertThat(letters(harness)).isEmpty();
      OutputRecord tombstone = harness.extractOutputValues().get(0);
      assertThat(tombstone.key()).isEqualTo(utf8("key"));
      assertThat(tombstone.value()).isNull();
      assertThat(tombstone.headers()).containsExactly(HEADER);
      assertThat(tombstone.timestampMillis()).isEqualTo(7);
      assertThat(harness.extractOutputValues()).hasSize(1);
    }
  }

  @Test
  void aTombstoneTakesThePlaceOfARecordThatDecodesNoMoreIfToldSo() throws Exception {
    InputRecord restored = new InputRecord(source(7, "key", utf8("plain text")), /* text= */ null);
    try (var harness = deleting(MIB)) {
      harness.processElement(withoutText(restored), 0);

      assertThat(letters(harness).get(0).reason()).isEqualTo("INVALID_JSON");
      assertThat(harness.extractOutputValues()).hasSize(1);
      assertThat(harness.extractOutputValues().get(0).value()).isNull();
    }
  }

  @Test
  void aBareTombstoneTakesThePlaceOfWhatTheTopicRefusesWithItsHeadersOrTime() throws Exception {
    var limits = new TopicLimits(150, 3_600_000, 3_600_000, /* requiresKey= */ false);
    SourceRecord deletion = source(7, "key", null);
    try (var harness = deleting(limits)) {
      harness.setProcessingTime(4_000_007);
      harness.processElement(embedded(input("a".repeat(200), null), 1), 0);
      harness.processElement(withoutText(new InputRecord(deletion, null)), 0);
      harness.processElement(
          embedded(new InputRecord(source(9, "k".repeat(200), utf8("{}")), null), 1), 0);

      assertThat(letters(harness)).hasSize(3);
      assertThat(harness.extractOutputValues())
          .hasSize(2) // no topic of that limit holds an embedding under the third key
          .allSatisfy(
              tombstone -> {
                assertThat(tombstone.key()).isEqualTo(utf8("key"));
                assertThat(tombstone.value()).isNull();
                assertThat(tombstone.headers()).isEmpty();
                assertThat(tombstone.timestampMillis()).isEqualTo(OutputRecord.NO_TIMESTAMP);
              });
    }
  }

  @Test
  void aRecordThatDoesNotDecodeHasOneDeadLetterWhateverTheTopicRefuses() throws Exception {
    var limits = new TopicLimits(150, 3_600_000, 3_600_000, /* requiresKey= */ false);
    InputRecord taken = InputRecord.ofRejected(source(7, "key", utf8("no JSON")));
    InputRecord tooLarge = InputRecord.ofRejected(source(7, "k".repeat(200), utf8("no JSON")));
    try (var harness = deleting(limits)) {
      harness.processElement(withoutText(taken), 0);
      harness.setProcessingTime(4_000_007);
      harness.processElement(withoutText(taken), 0);
      harness.processElement(withoutText(tooLarge), 0);

      assertThat(letters(harness)).isEmpty(); // the step before has made them
      assertThat(harness.extractOutputValues())
          .extracting(OutputRecord::timestampMillis, OutputRecord::headers)
          .containsExactly(tuple(7L, List.of(HEADER)), tuple(OutputRecord.NO_TIMESTAMP, List.of()));
    }
  }

  private static OneInputStreamOperatorTestHarness<Embedded<InputRecord>, OutputRecord> deleting(
      TopicLimits topic) throws Exception {
    return ProcessFunctionTestHarnesses.forProcessFunction(
        new EncodeFunction(
            new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
            MODEL,
            new Form(
                EmbeddingFormat.JSON.with(VectorEncoding.FLOAT32),
                true,
                RejectedPolicy.TOMBSTONE,
                OutputHeaders.DEFAULT),
            () -> topic,
            ModelChangePolicy.FAIL));
  }

  private static List<DeadLetter> letters(
      OneInputStreamOperatorTestHarness<Embedded<InputRecord>, OutputRecord> harness) {
    var letters = harness.getSideOutput(DeadLetters.TAG);
    return letters == null ? List.of() : letters.stream().map(StreamRecord::getValue).toList();
  }
}
