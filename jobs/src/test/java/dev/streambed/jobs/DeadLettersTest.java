package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.HEADER;
import static dev.streambed.jobs.Samples.input;
import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.operator.stream.Rejected;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Omission;
import dev.streambed.schemas.DeadLetter.Part;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.json.DeadLetterCodec;
import java.util.List;
import java.util.Objects;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@SuppressWarnings("try") // Flink's close() declares to throw anything
class DeadLettersTest {

  private static final int SMALLEST = 16 << 10; // the smallest streambed.sink.max-record-size

  @Test
  void writesTheWholeRecordWithItsKeyHeadersAndTimestamp() throws Exception {
    DeadLetter letter = letter(source(7, "key", new byte[] {(byte) 0xff}));

    OutputRecord record = encode(letter, SMALLEST);

    assertThat(decode(record)).isEqualTo(letter);
    assertThat(record.key()).isEqualTo(utf8("key"));
    assertThat(record.headers()).containsExactly(HEADER);
    assertThat(record.timestampMillis()).isEqualTo(7);
  }

  @Test
  void leavesOutTheValueOfARecordThatIsTooLarge() throws Exception {
    DeadLetter letter = letter(source(7, "key", new byte[SMALLEST]));

    OutputRecord record = encode(letter, SMALLEST);

    DeadLetter written = decode(record);
    assertThat(record.maxBytesOnWire()).isLessThanOrEqualTo(SMALLEST);
    assertThat(written.record().value()).isNull();
    assertThat(written.omissions()).containsExactly(new Omission(Part.VALUE, SMALLEST));
    assertThat(written.record().position()).isEqualTo(letter.record().position());
    assertThat(record.key()).isEqualTo(utf8("key"));
  }

  @Test
  void leavesOutHeadersAndKeyIfTheyAreTooLargeThemselves() throws Exception {
    var record =
        new SourceRecord(
            new SourcePosition("texts", 0, 7),
            7,
            new byte[SMALLEST],
            new byte[SMALLEST],
            List.of(new RecordHeader("h", new byte[SMALLEST])));

    OutputRecord encoded = encode(letter(record), SMALLEST);

    assertThat(encoded.maxBytesOnWire()).isLessThanOrEqualTo(SMALLEST);
    assertThat(encoded.key()).isNull();
    assertThat(decode(encoded).omissions())
        .containsExactly(
            new Omission(Part.VALUE, SMALLEST),
            new Omission(Part.HEADERS, SMALLEST + 1),
            new Omission(Part.KEY, SMALLEST));
  }

  @Test
  void takesTheTimeOfItsWritingIfTheTopicRefusesTheRecords() throws Exception {
    var oneHour = new TopicLimits(SMALLEST, 3_600_000, 3_600_000, /* requiresKey= */ false);
    DeadLetter letter = letter(source(7_200_000, "key", null));

    OutputRecord refused = encode(letter, oneHour, 0);
    OutputRecord taken = encode(letter, oneHour, 7_000_000);

    assertThat(refused.timestampMillis()).isNegative(); // Kafka's producer sets its own
    assertThat(decode(refused).record().timestampMillis()).isEqualTo(7_200_000);
    assertThat(taken.timestampMillis()).isEqualTo(7_200_000);
  }

  @Test
  void hasItsPositionAsKeyIfTheTopicRefusesRecordsWithoutOne() throws Exception {
    var compacted =
        new TopicLimits(
            SMALLEST, TopicLimits.UNLIMITED, TopicLimits.UNLIMITED, /* requiresKey= */ true);

    OutputRecord record = encode(letter(source(7, null, utf8("x"))), compacted, 0);

    assertThat(record.key()).isEqualTo(utf8("texts-0@7"));
  }

  @Test
  void fitsWhateverItsMessageIs() throws Exception {
    var letter =
        new DeadLetter(Stage.EMBED, "ANY", "m".repeat(SMALLEST), source(7, "key", null), List.of());

    assertThat(encode(letter, SMALLEST).maxBytesOnWire()).isLessThanOrEqualTo(SMALLEST);
  }

  @Test
  void saysWhyATextWasRejected() {
    InputRecord input = input("secret", "query");

    DeadLetter letter = DeadLetters.of(new Rejected<>(input, Reason.BLANK, "Nothing is left."));

    assertThat(letter)
        .isEqualTo(
            new DeadLetter(
                Stage.EMBED,
                "BLANK",
                "Nothing is left. Nothing is to be done, unless streambed.source.text names the wrong field.",
                input.source(),
                List.of()));
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void saysWhatToDoAboutEachText(Reason reason) {
    String message = DeadLetters.of(new Rejected<>(input("a", "query"), reason, "Why.")).message();

    assertThat(message).matches("Why\\. [A-Z].*\\.");
  }

  private static DeadLetter letter(SourceRecord record) {
    return new DeadLetter(Stage.DECODE, "INVALID_JSON", "message", record, List.of());
  }

  private static DeadLetter decode(OutputRecord record) {
    return DeadLetterCodec.decodeJson(Objects.requireNonNull(record.value()));
  }

  private static OutputRecord encode(DeadLetter letter, int maxRecordBytes) throws Exception {
    return encode(
        letter,
        new TopicLimits(
            maxRecordBytes, TopicLimits.UNLIMITED, TopicLimits.UNLIMITED, /* requiresKey= */ false),
        0);
  }

  private static OutputRecord encode(DeadLetter letter, TopicLimits limits, long nowMillis)
      throws Exception {
    try (var harness =
        ProcessFunctionTestHarnesses.forProcessFunction(
            new DeadLetters(() -> limits, OutputHeaders.DEFAULT))) {
      harness.setProcessingTime(nowMillis);
      harness.processElement(letter, 0);
      return harness.extractOutputValues().get(0);
    }
  }
}
