package dev.streambed.jobs;

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
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.VectorEncoding;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.junit.jupiter.api.Test;

/** Records that {@link EncodeFunction} makes dead letters of, because the topic refuses them. */
@SuppressWarnings("try") // Flink's close() declares to throw anything
class EncodeRefusalsTest {
  private static final int MIB = 1 << 20;

  @Test
  void makesADeadLetterOfWhatIsTooLargeForTheSink() throws Exception {
    InputRecord input = input("a".repeat(2_000), null);
    Embedded<InputRecord> enriched = embedded(input, 1);
    long size;
    try (var harness = harness(sizes(MIB))) {
      harness.processElement(enriched, 0);
      size = harness.extractOutputValues().get(0).maxBytesOnWire();
    }

    try (var fits = harness(sizes((int) size));
        var tooSmall = harness(sizes((int) size - 1))) {
      fits.processElement(enriched, 0);
      tooSmall.processElement(enriched, 0);

      assertThat(fits.extractOutputValues()).hasSize(1);
      assertThat(fits.getSideOutput(DeadLetters.TAG)).isNull();
      assertThat(tooSmall.extractOutputValues()).isEmpty();
      assertThat(tooSmall.getSideOutput(DeadLetters.TAG))
          .extracting(letter -> letter.getValue())
          .containsExactly(
              new DeadLetter(
                  Stage.ENCODE,
                  "TOO_LARGE",
                  "The embedding takes up to %d bytes with key and headers; the limit is %d."
                      .formatted(size, size - 1),
                  input.source(),
                  List.of()));
    }
  }

  @Test
  void makesADeadLetterOfATombstoneThatIsTooLargeForTheSink() throws Exception {
    SourceRecord source = source(7, "key", null);
    try (var harness = harness(sizes(100))) {
      harness.processElement(withoutText(new InputRecord(source, null)), 0);

      assertThat(harness.extractOutputValues()).isEmpty();
      DeadLetter letter = letterOf(harness);
      assertThat(letter.reason()).isEqualTo("TOO_LARGE");
      assertThat(letter.message())
          .startsWith("The tombstone takes up to ")
          .endsWith(" bytes with key and headers; the limit is 100.");
      assertThat(letter.record()).isEqualTo(source);
    }
  }

  @Test
  void makesADeadLetterOfARecordWhoseTimestampTheTopicRefuses() throws Exception {
    var oneHour = new TopicLimits(MIB, 3_600_000, 3_600_000, /* requiresKey= */ false);
    Embedded<InputRecord> embedded = embedded(input("four score", null), 1); // at 7 ms
    try (var harness = harness(oneHour)) {
      harness.setProcessingTime(3_000_007);
      harness.processElement(embedded, 0);
      assertThat(harness.extractOutputValues()).hasSize(1);

      harness.setProcessingTime(4_000_007);
      harness.processElement(embedded, 0);

      assertThat(harness.extractOutputValues()).hasSize(1);
      DeadLetter letter = letterOf(harness);
      assertThat(letter.stage()).isEqualTo(Stage.ENCODE);
      assertThat(letter.reason()).isEqualTo("TIMESTAMP_REFUSED");
      assertThat(letter.message())
          .startsWith(
              "The sink topic does not take the record's timestamp, 4000000 ms before now"
                  + " (message.timestamp.before.max.ms=3600000,");
    }
  }

  @Test
  void makesADeadLetterOfARecordWithoutAKeyIfTheTopicIsCompacted() throws Exception {
    var compacted =
        new TopicLimits(MIB, TopicLimits.UNLIMITED, TopicLimits.UNLIMITED, /* requiresKey= */ true);
    var source = source(7, null, utf8("{\"text\":\"a\"}"));
    var text = new TextRecord(null, "a", null, Map.of(), 7);
    try (var harness = harness(compacted)) {
      harness.processElement(embedded(new InputRecord(source, text), 1), 0);

      assertThat(letterOf(harness).reason()).isEqualTo("MISSING_KEY");
    }
  }

  private static DeadLetter letterOf(
      OneInputStreamOperatorTestHarness<Embedded<InputRecord>, OutputRecord> harness) {
    return Objects.requireNonNull(harness.getSideOutput(DeadLetters.TAG)).remove().getValue();
  }

  private static TopicLimits sizes(int maxRecordBytes) {
    return new TopicLimits(
        maxRecordBytes, TopicLimits.UNLIMITED, TopicLimits.UNLIMITED, /* requiresKey= */ false);
  }

  private static OneInputStreamOperatorTestHarness<Embedded<InputRecord>, OutputRecord> harness(
      TopicLimits topic) throws Exception {
    return ProcessFunctionTestHarnesses.forProcessFunction(
        new EncodeFunction(
            new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
            MODEL,
            new Form(
                EmbeddingFormat.JSON.with(VectorEncoding.FLOAT32),
                true,
                RejectedPolicy.KEEP,
                OutputHeaders.DEFAULT),
            () -> topic,
            ModelChangePolicy.FAIL));
  }
}
