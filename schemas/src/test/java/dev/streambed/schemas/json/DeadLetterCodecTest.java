package dev.streambed.schemas.json;

import static dev.streambed.schemas.Records.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Omission;
import dev.streambed.schemas.DeadLetter.Part;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.Records;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeadLetterCodecTest {

  @Test
  void showsNoMessageInToString() {
    var record = new SourceRecord(new SourcePosition("texts", 0, 7), 1, null, null, List.of());
    String message = "the document has an unknown property 'secret'";

    assertThat(new DeadLetter(Stage.DECODE, "UNKNOWN_PROPERTY", message, record, List.of()))
        .hasToString("DeadLetter[DECODE, UNKNOWN_PROPERTY, texts-0@7]");
  }

  @Test
  void decodesWhatItEncoded() {
    for (int seed = 0; seed < 1_000; seed++) {
      DeadLetter letter = random(new Random(seed));

      byte[] bytes = DeadLetterCodec.encodeJson(letter);

      assertThat(DeadLetterCodec.decodeJson(bytes)).as("seed %d", seed).isEqualTo(letter);
    }
  }

  @Test
  void keepsNullAndEmptyApart() {
    var position = new SourcePosition("t", 0, 0);
    var tombstone = new SourceRecord(position, -1, null, null, List.of());
    var empty = new SourceRecord(position, -1, new byte[0], new byte[0], List.of());

    assertThat(roundTrip(letterOf(tombstone)).record().value()).isNull();
    assertThat(roundTrip(letterOf(tombstone)).record().key()).isNull();
    assertThat(roundTrip(letterOf(empty)).record().value()).isEmpty();
    assertThat(roundTrip(letterOf(empty)).record().key()).isEmpty();
  }

  @Test
  void listsWhatItLeavesOut() {
    DeadLetter letter = letterOf(Records.letter().record());

    DeadLetter less = letter.without(Part.VALUE).without(Part.HEADERS).without(Part.KEY);

    assertThat(less.record())
        .isEqualTo(
            new SourceRecord(
                letter.record().position(), 1_700_000_000_000L, null, null, List.of()));
    // The value has 2 bytes; two headers are named trace (5), one has 2 bytes; the key has 11.
    assertThat(less.omissions())
        .containsExactly(
            new Omission(Part.VALUE, 2),
            new Omission(Part.HEADERS, 12),
            new Omission(Part.KEY, 11));
    assertThat(roundTrip(less)).isEqualTo(less);
  }

  @Test
  void staysTheSameWithoutAPartThatIsNotThere() {
    var letter =
        letterOf(new SourceRecord(new SourcePosition("t", 0, 0), -1, null, null, List.of()));

    for (Part part : Part.values()) {
      assertThat(letter.without(part)).isSameAs(letter);
    }
  }

  @Test
  void refusesWhatIsNotADeadLetter() {
    assertRefused("{}", "schemaVersion is missing");
    assertRefused(encoded().replace("\"decode\"", "\"secret\""), "stage has an unknown value");
    assertRefused(encoded().replace("INVALID_JSON", ""), "reason is empty");
    assertRefused(
        encoded().replace("\"value\":\"e/8=\"", "\"value\":\"*\""), "value is not base64");
    assertRefused(encoded().replace("\"omissions\"", "\"more\""), "an unknown property");
  }

  @Test
  void showsNoContentInToString() {
    assertThat(letterOf(Records.letter().record()).toString())
        .contains("SourceRecord[texts-3@91827]")
        .doesNotContain("sotu");
  }

  private static void assertRefused(String json, String message) {
    assertThatThrownBy(() -> DeadLetterCodec.decodeJson(utf8(json)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageStartingWith("Cannot decode dead letter: ")
        .hasMessageContaining(message)
        .hasMessageNotContaining("secret");
  }

  private static String encoded() {
    return new String(DeadLetterCodec.encodeJson(Records.letter()), StandardCharsets.UTF_8);
  }

  private static DeadLetter roundTrip(DeadLetter letter) {
    return DeadLetterCodec.decodeJson(DeadLetterCodec.encodeJson(letter));
  }

  private static DeadLetter letterOf(SourceRecord record) {
    return new DeadLetter(Stage.EMBED, "BLANK", "message", record, List.of());
  }

  private static DeadLetter random(Random random) {
    List<RecordHeader> headers = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      headers.add(new RecordHeader(Records.randomString(random, 0), randomBytes(random)));
    }
    var position = new SourcePosition("topic", random.nextInt(100), random.nextInt(1_000_000));
    return new DeadLetter(
        random.nextBoolean() ? Stage.DECODE : Stage.ENCODE,
        Records.randomString(random, 1),
        Records.randomString(random, 0),
        new SourceRecord(
            position, random.nextLong(), randomBytes(random), randomBytes(random), headers),
        random.nextBoolean() ? List.of() : List.of(new Omission(Part.VALUE, random.nextInt(9))));
  }

  private static byte @Nullable [] randomBytes(Random random) {
    if (random.nextInt(4) == 0) {
      return null;
    }
    byte[] bytes = new byte[random.nextInt(40)];
    random.nextBytes(bytes);
    return bytes;
  }
}
