package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.format.Envelope;
import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.format.MetadataMapping;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.format.RecordMapping;
import dev.streambed.jobs.format.Template;
import dev.streambed.jobs.format.TextFormat;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // Flink's close() declares to throw anything
class DecodeFunctionTest {

  @Test
  void passesTextsAndTombstonesOnInTheirOrder() throws Exception {
    SourceRecord text = source(1, "a", utf8("{\"text\":\"one\"}"));
    SourceRecord tombstone = source(2, "a", null);
    SourceRecord noKey = source(3, null, utf8("{\"text\":\"two\",\"prompt\":\"query\"}"));

    Decoded decoded =
        decode(
            new DecodeFunction(
                new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
                false,
                RejectedPolicy.KEEP,
                /* needsIds= */ false),
            text,
            tombstone,
            noKey);

    assertThat(decoded.inputs)
        .containsExactly(
            new InputRecord(text, new TextRecord("a", "one", null, Map.of(), 1)),
            new InputRecord(tombstone, null),
            new InputRecord(noKey, new TextRecord(null, "two", "query", Map.of(), 3)));
    assertThat(decoded.letters).isEmpty();
  }

  @Test
  void takesPlainTextAsItIs() throws Exception {
    SourceRecord record = source(1, "a", utf8("{\"text\":1"));

    Decoded decoded =
        decode(
            new DecodeFunction(
                new RecordFormat(TextFormat.PLAIN_TEXT, KeyFormat.STRING, null),
                false,
                RejectedPolicy.KEEP,
                /* needsIds= */ false),
            record);

    assertThat(decoded.inputs)
        .containsExactly(
            new InputRecord(record, new TextRecord("a", "{\"text\":1", null, Map.of(), 1)));
  }

  @Test
  void makesDeadLettersOfWhatDoesNotDecode() throws Exception {
    SourceRecord malformed = source(1, "a", utf8("{\"text\":\"secret"));
    SourceRecord empty = source(2, "a", new byte[0]);
    SourceRecord noText = source(3, "a", utf8("{\"text\":null}"));

    Decoded decoded =
        decode(
            new DecodeFunction(
                new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
                false,
                RejectedPolicy.KEEP,
                /* needsIds= */ false),
            malformed,
            empty,
            noText);

    assertThat(decoded.inputs).isEmpty();
    assertThat(decoded.letters)
        .extracting(DeadLetter::reason)
        .containsExactly("INVALID_JSON", "WRONG_TYPE", "MISSING_PROPERTY");
    assertThat(decoded.letters)
        .extracting(DeadLetter::record)
        .containsExactly(malformed, empty, noText);
    assertThat(decoded.letters)
        .allSatisfy(letter -> assertThat(letter.stage()).isEqualTo(Stage.DECODE))
        .allSatisfy(letter -> assertThat(letter.message()).doesNotContain("secret"));
  }

  @Test
  void aDeletionTakesThePlaceOfARecordThatDoesNotDecodeIfToldSo() throws Exception {
    SourceRecord before = source(1, "a", utf8("{\"text\":\"one\"}"));
    SourceRecord malformed = source(2, "a", utf8("{\"text\":"));
    SourceRecord noKey = source(3, null, utf8("{\"text\":"));
    SourceRecord after = source(4, "a", utf8("{\"text\":\"two\"}"));

    Decoded decoded =
        decode(
            new DecodeFunction(
                new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
                false,
                RejectedPolicy.TOMBSTONE,
                /* needsIds= */ false),
            before,
            malformed,
            noKey,
            after);

    assertThat(decoded.inputs)
        .extracting(InputRecord::isOfRejected)
        .containsExactly(false, true, false);
    assertThat(decoded.inputs.get(1).unmarked()).isEqualTo(source(2, "a", null));
    assertThat(decoded.letters).extracting(DeadLetter::record).containsExactly(malformed, noKey);
  }

  @Test
  void makesADeadLetterOfATombstoneWithoutKey() throws Exception {
    Decoded decoded =
        decode(
            new DecodeFunction(
                new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
                false,
                RejectedPolicy.KEEP,
                /* needsIds= */ false),
            source(1, null, null));

    assertThat(decoded.inputs).isEmpty();
    assertThat(decoded.letters).hasSize(1);
    assertThat(decoded.letters.get(0).reason()).isEqualTo("MISSING_KEY");
    assertThat(decoded.letters.get(0).message())
        .isEqualTo("Cannot pass on a tombstone without a key: it deletes nothing.");
  }

  @Test
  void makesADeadLetterOfARecordWithoutKeyWhereOneIsRequired() throws Exception {
    SourceRecord noKey = source(1, null, utf8("{\"text\":\"one\"}"));
    SourceRecord emptyKey = source(2, "", utf8("{\"text\":\"one\"}"));
    SourceRecord deletion = source(3, "", null);
    SourceRecord malformed = source(4, "", utf8("{"));
    SourceRecord[] records = {noKey, emptyKey, deletion, malformed};

    Decoded decoded = decode(requiringKeys(true), records);
    Decoded free = decode(requiringKeys(false), records);

    assertThat(decoded.inputs).isEmpty();
    assertThat(decoded.letters)
        .extracting(DeadLetter::reason)
        .containsExactly("MISSING_KEY", "MISSING_KEY", "MISSING_KEY", "INVALID_JSON");
    assertThat(decoded.letters.get(1).message())
        .isEqualTo("The key of the record is empty, and the job requires one.");
    assertThat(free.inputs).hasSize(4); // of the last, what its key has is deleted
  }

  private static DecodeFunction requiringKeys(boolean required) {
    return new DecodeFunction(
        new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
        required,
        RejectedPolicy.TOMBSTONE,
        /* needsIds= */ false);
  }

  @Test
  void makesOneOutputOfEachRecordOfRandomBytes() throws Exception {
    var random = new Random(1);
    SourceRecord[] records = new SourceRecord[10_000];
    for (int i = 0; i < records.length; i++) {
      byte[] value = new byte[random.nextInt(60)];
      random.nextBytes(value);
      records[i] = source(i, "a", value);
    }

    for (TextFormat value : TextFormat.values()) {
      var format = new RecordFormat(value, KeyFormat.STRING, null);
      Decoded decoded =
          decode(
              new DecodeFunction(format, false, RejectedPolicy.KEEP, /* needsIds= */ false),
              records);

      assertThat(decoded.inputs.size() + decoded.letters.size()).isEqualTo(records.length);
      assertThat(decoded.letters.size()).isGreaterThan(9_000);
    }
  }

  @Test
  void makesTombstonesOfDeletedRowsAndSkipsWhatIsNoRow() throws Exception {
    var mapping =
        new RecordMapping(
            Envelope.DEBEZIUM, Template.parse("{/title}"), null, MetadataMapping.NONE, null, null);
    SourceRecord row = source(1, "a", utf8("{\"op\":\"c\",\"after\":{\"title\":\"one\"}}"));
    SourceRecord deleted = source(2, "a", utf8("{\"op\":\"d\",\"after\":null}"));
    SourceRecord tombstone = source(3, "a", null);
    SourceRecord emptied = source(4, null, utf8("{\"op\":\"t\",\"source\":{}}"));
    SourceRecord deletedNothing = source(5, null, utf8("{\"op\":\"d\",\"after\":null}"));

    Decoded decoded =
        decode(
            new DecodeFunction(
                new RecordFormat(TextFormat.JSON, KeyFormat.STRING, mapping),
                /* requiresKey= */ true,
                RejectedPolicy.KEEP,
                /* needsIds= */ false),
            row,
            deleted,
            tombstone,
            emptied,
            deletedNothing);

    assertThat(decoded.inputs)
        .containsExactly(
            new InputRecord(row, new TextRecord("a", "one", null, Map.of(), 1)),
            new InputRecord(source(2, "a", null), null),
            new InputRecord(tombstone, null));
    assertThat(decoded.letters).extracting(DeadLetter::reason).containsExactly("MISSING_KEY");
    assertThat(decoded.letters).extracting(DeadLetter::record).containsExactly(deletedNothing);
  }

  @Test
  void deletesByIdOnlyWhereTheKafkaKeyTellsIt() throws Exception {
    var format = new RecordFormat(TextFormat.JSON, KeyFormat.LONG, null);
    SourceRecord deleted = source(1, "8 bytes.", null);
    SourceRecord noId = source(2, "no long", null);
    SourceRecord malformed = source(3, "8 bytes.", utf8("{"));
    SourceRecord malformedTwice = source(4, "no long", utf8("{"));

    Decoded decoded =
        decode(
            new DecodeFunction(format, false, RejectedPolicy.TOMBSTONE, /* needsIds= */ true),
            deleted,
            noId,
            malformed,
            malformedTwice);

    assertThat(decoded.inputs)
        .extracting(input -> input.source().position().offset())
        .containsExactly(1L, 3L);
    assertThat(decoded.letters)
        .extracting(letter -> letter.record().position().offset())
        .containsExactly(2L, 3L, 4L);
  }

  @Test
  void makesADeadLetterOfADeletionWhoseIdIsTakenFromTheValue() throws Exception {
    var mapping =
        new RecordMapping(
            Envelope.NONE,
            Template.parse("{/title}"),
            Template.parse("{/id}"),
            MetadataMapping.NONE,
            null,
            null);
    var format = new RecordFormat(TextFormat.JSON, KeyFormat.STRING, mapping);

    Decoded decoded =
        decode(
            new DecodeFunction(format, false, RejectedPolicy.KEEP, /* needsIds= */ true),
            source(1, "a", null));

    assertThat(decoded.inputs).isEmpty();
    assertThat(decoded.letters)
        .singleElement()
        .satisfies(letter -> assertThat(letter.reason()).isEqualTo("MISSING_KEY"))
        .satisfies(letter -> assertThat(letter.message()).contains("(streambed.source.key)"));
  }

  private record Decoded(List<InputRecord> inputs, List<DeadLetter> letters) {}

  private static Decoded decode(DecodeFunction function, SourceRecord... records) throws Exception {
    try (OneInputStreamOperatorTestHarness<SourceRecord, InputRecord> harness =
        ProcessFunctionTestHarnesses.forProcessFunction(function)) {
      for (SourceRecord record : records) {
        harness.processElement(record, 0);
      }
      List<DeadLetter> letters = new ArrayList<>();
      var side = harness.getSideOutput(DeadLetters.TAG);
      if (side != null) {
        side.forEach(letter -> letters.add(letter.getValue()));
      }
      return new Decoded(harness.extractOutputValues(), letters);
    }
  }
}
