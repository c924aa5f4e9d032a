package dev.streambed.schemas.json;

import static dev.streambed.schemas.Records.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.Records;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EmbeddingRecordCodecTest {

  @Test
  void decodesWhatItEncoded() {
    for (int seed = 0; seed < 1_000; seed++) {
      EmbeddingRecord record = Records.randomEmbedding(new Random(seed));

      byte[] bytes = EmbeddingRecordCodec.encodeJson(record);

      assertThat(EmbeddingRecordCodec.decodeJson(bytes)).as("seed %d", seed).isEqualTo(record);
      assertThat(EmbeddingRecordCodec.encodeJson(EmbeddingRecordCodec.decodeJson(bytes)))
          .as("seed %d", seed)
          .isEqualTo(bytes);
    }
  }

  @Test
  void printsTheShortestDecimalThatReadsBackAsTheSameBits() {
    var random = new Random(7);
    for (int i = 0; i < 300_000; i++) {
      // Half of them any bits, half of the size that components of a unit vector have.
      float component =
          random.nextBoolean()
              ? Float.intBitsToFloat(random.nextInt())
              : (float) random.nextGaussian() / 28;
      if (!Float.isFinite(component)) {
        continue;
      }

      String printed = print(component);

      assertThat(Float.floatToRawIntBits(Float.parseFloat(printed)))
          .as("%s, printed as %s", component, printed)
          .isEqualTo(Float.floatToRawIntBits(component));
      assertThat(printed).hasSizeLessThanOrEqualTo(Float.toString(component).length());
      assertThat(hasShorterForm(component, digits(printed)))
          .as("%s, printed as %s, has a shorter form", component, printed)
          .isFalse();
    }
  }

  @Test
  void printsWhereTheRuntimesOwnFloatToStringIsTooLong() {
    assertThat(print(2.0E-3f)).isEqualTo("0.002");
    assertThat(print(1.0E23f)).isEqualTo("1.0E23");
    assertThat(print(2.0E10f)).isEqualTo("2.0E10");
    assertThat(print(-0.0f)).isEqualTo("-0.0");
  }

  @Test
  void readsADecimalWithoutRoundingItTwice() {
    // Just above the middle of 1 and the next float. As a double it is the middle itself, which
    // would round to 1.
    String decimal = "1.0000000596046447753906250000000001";
    String json =
        new String(EmbeddingRecordCodec.encodeJson(withVector(1)), StandardCharsets.UTF_8)
            .replace("[1.0]", "[" + decimal + "]");

    EmbeddingRecord record = EmbeddingRecordCodec.decodeJson(utf8(json));

    assertThat((float) Double.parseDouble(decimal)).isEqualTo(1.0f);
    assertThat(record.embedding()).containsExactly(Math.nextUp(1.0f));
  }

  @Test
  void leavesOutWhatIsAbsent() {
    var record = withVector(0.5f);

    String json = new String(EmbeddingRecordCodec.encodeJson(record), StandardCharsets.UTF_8);

    assertThat(json)
        .isEqualTo(
            """
            {"schemaVersion":2,"embedding":[0.5],"dimensions":1,"space":"%s","tokens":3,"truncated":false,\
            "model":{"name":"m","revision":"","digest":"%s"},"contentHash":"%s",\
            "source":{"topic":"t","partition":0,"offset":0},"metadata":{},"eventTimeMillis":0}"""
                .formatted(Records.SPACE, Records.DIGEST, Provenance.contentHash("a")));
  }

  @Test
  void hasNoEventTimeIfItsTextHasNone() {
    EmbeddingRecord timed = withVector(0.5f);
    var record =
        new EmbeddingRecord(
            null,
            null,
            timed.embedding(),
            timed.provenance(),
            timed.metadata(),
            TextRecord.NO_EVENT_TIME);

    byte[] json = EmbeddingRecordCodec.encodeJson(record);
    byte[] avro = EmbeddingRecordAvro.encode(record);

    assertThat(new String(json, StandardCharsets.UTF_8)).doesNotContain("eventTimeMillis");
    assertThat(EmbeddingRecordCodec.decodeJson(json)).isEqualTo(record);
    assertThat(EmbeddingRecordAvro.decode(avro)).isEqualTo(record);
  }

  @Test
  void hashesTheUtf8OfTheTextAsItCame() {
    // printf ' caf\u00e9\n' | sha256sum
    assertThat(Provenance.contentHash(" café\n"))
        .isEqualTo("d1c5bdb4aca8791b95615bb07123d3ec9d1486913d4ec7ccf4f525905090c94f");
  }

  @Test
  void refusesAVectorThatIsNotAsLongAsItSays() {
    String json = encoded().replace("\"dimensions\":7", "\"dimensions\":8");

    assertThatThrownBy(() -> EmbeddingRecordCodec.decodeJson(utf8(json)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage(
            "Cannot decode embedding record: dimensions is 8 but embedding has 7 components.");
  }

  @Test
  void refusesWhatIsMissingOrOutOfRange() {
    assertRefused(encoded().replace("\"tokens\":17,", ""), "tokens is missing");
    assertRefused(
        encoded().replace("\"space\":\"" + Records.SPACE + "\",", ""), "space is missing");
    assertRefused(encoded().replace("streambed://", "secret://"), "out of its range");
    assertRefused(encoded().replace("\"tokens\":17", "\"tokens\":0"), "out of its range");
    assertRefused(encoded().replace("\"tokens\":17", "\"tokens\":1.5"), "a whole number");
    assertRefused(encoded().replace("\"schemaVersion\":2,", ""), "schemaVersion is missing");
    assertRefused(
        encoded().replace("\"schemaVersion\":2", "\"schemaVersion\":9"), "(known: 1 to 2)");
    assertRefused(encoded().replace("\"truncated\":true", "\"truncated\":1"), "a boolean");
    assertRefused(encoded().replace("3.4028235E38", "3.4028235E39"), "out of its range");
    assertRefused(encoded().replace("3.4028235E38", "\"NaN\""), "must be a number");
    assertRefused(encoded().replace("\"offset\":91827", "\"offset\":-1"), "out of its range");
    assertRefused(encoded().replace(Records.DIGEST, "secret"), "out of its range");
    assertRefused(encoded().replace("\"revision\":\"1\",", ""), "model.revision is missing");
    assertRefused(encoded().replace("\"topic\":\"texts\",", ""), "source.topic is missing");
  }

  @Test
  void namesVectorsOfOtherLengthsAfterTheirLength() {
    String json = severalLengths();

    assertThat(json)
        .contains(
            ",\"embedding_9\":[1.0,2.0,3.0,4.0,5.0,6.0,7.0,8.0,9.0],\"embedding_2\":[0.6,-0.8],"
                + "\"dimensions\":7,\"space\":\""
                + Records.SPACE
                + "\",\"space_9\":\""
                + Records.SPACE.replace("=7", "=9")
                + "\",\"space_2\":\""
                + Records.SPACE.replace("=7", "=2")
                + "\",\"tokens\":17,");
  }

  @Test
  void refusesVectorsOfOtherLengthsThatAreNotWhole() {
    assertRefused(severalLengths().replace("[0.6,-0.8]", "[0.6]"), "embedding_2 has 1 components");
    assertRefused(severalLengths().replace("embedding_2", "embedding_3"), "space_3 is missing");
    assertRefused(
        severalLengths().replace(",\"embedding_2\":[0.6,-0.8]", ""), "embedding_2 is missing");
    assertRefused(severalLengths().replace("embedding_2", "embedding_02"), "unknown property");
    assertRefused(severalLengths().replace("embedding_2", "other_2"), "unknown property");
    assertRefused(
        encoded()
            .replace(
                ",\"dimensions\":7",
                ",\"embedding_7\":[1,2,3,4,5,6,7],\"space_7\":\"streambed://\",\"dimensions\":7"),
        "out of its range");
  }

  private static String severalLengths() {
    return new String(
        EmbeddingRecordCodec.encodeJson(Records.embeddingOfSeveralLengths()),
        StandardCharsets.UTF_8);
  }

  @Test
  void writesNoRecordThatDoesNotSayItsSpace() {
    assertThatThrownBy(() -> EmbeddingRecordCodec.encodeJson(Records.embeddingOfVersion1()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot write an embedding of texts-3@91827 without the address of its vector space, which records of version 1 lack.");
  }

  @Test
  void refusesMetadataOfOtherTypes() {
    assertRefused(encoded().replace("\"1862\"", "{}"), "a string, number, boolean or null");
    assertRefused(encoded().replace("\"1862\"", "[[]]"), "a string, number, boolean or null");
    assertRefused(encoded().replace("\"1862\"", "1e400"), "out of its range");
    assertRefused(
        encoded().replace("\"1862\"", "9223372036854775808"), "does not fit into 64 bits");
    for (Object value : new Object[] {1, 1.5f, Double.NaN, Map.of(), List.of(List.of())}) {
      assertThatThrownBy(() -> new TextRecord(null, "a", null, Map.of("secret", value), 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a metadata value")
          .hasMessageNotContaining("secret");
    }
  }

  @Test
  void refusesAVectorThatIsNotFinite() {
    assertThatThrownBy(() -> withVector(Float.NaN))
        .hasMessage("Invalid value NaN for embedding component 0: must be finite.");
    assertThatThrownBy(() -> withVector(1, Float.POSITIVE_INFINITY))
        .hasMessage("Invalid value Infinity for embedding component 1: must be finite.");
    assertThatThrownBy(() -> withVector())
        .hasMessage("Invalid value of length 0 for embedding: must be at least 1 component long.");
  }

  @Test
  void showsNoContentInToString() {
    assertThat(Records.embedding()).hasToString("EmbeddingRecord[texts-3@91827, 7 dimensions]");
  }

  private static void assertRefused(String json, String message) {
    assertThatThrownBy(() -> EmbeddingRecordCodec.decodeJson(utf8(json)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageStartingWith("Cannot decode embedding record: ")
        .hasMessageContaining(message)
        .hasMessageNotContaining("secret");
  }

  private static String encoded() {
    return new String(EmbeddingRecordCodec.encodeJson(Records.embedding()), StandardCharsets.UTF_8);
  }

  /** The codec's text for one component. */
  private static String print(float component) {
    String json =
        new String(EmbeddingRecordCodec.encodeJson(withVector(component)), StandardCharsets.UTF_8);
    return json.substring(json.indexOf('[') + 1, json.indexOf(']'));
  }

  private static int digits(String printed) {
    return new BigDecimal(printed).stripTrailingZeros().precision();
  }

  /** True if a decimal of one significant digit less reads back as the same float. */
  private static boolean hasShorterForm(float component, int digits) {
    if (digits <= 2 || component == 0) {
      return false; // like Java's own form, at least two digits are printed: 1.0, 1.4E-45
    }
    var exact = new BigDecimal(component);
    for (RoundingMode mode : new RoundingMode[] {RoundingMode.DOWN, RoundingMode.UP}) {
      BigDecimal shorter = exact.round(new MathContext(digits - 1, mode));
      if (shorter.floatValue() == component) {
        return true;
      }
    }
    return false;
  }

  private static EmbeddingRecord withVector(float... vector) {
    return new EmbeddingRecord(
        null,
        null,
        vector,
        new Provenance(
            new ModelReference("m", "", Records.DIGEST, null),
            Records.SPACE,
            null,
            3,
            /* truncated= */ false,
            /* unknownTokens= */ null,
            Provenance.contentHash("a"),
            new SourcePosition("t", 0, 0)),
        Map.of(),
        0);
  }
}
