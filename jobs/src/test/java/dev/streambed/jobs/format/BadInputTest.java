package dev.streambed.jobs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.registry.FakeRegistry;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that are no record of their format: each has a reason, and nothing else happens. */
@Timeout(60) // what should be a dead letter must not wait for a registry
class BadInputTest {
  private static final int RANDOM_CASES = 10_000;
  private static final FakeRegistry REGISTRY = new FakeRegistry();

  @AfterAll
  static void stopRegistry() {
    REGISTRY.close();
  }

  static Stream<BadInput> formats() {
    return BadInput.formats(REGISTRY);
  }

  @ParameterizedTest
  @MethodSource("formats")
  void everyFormatHasEveryCase(BadInput input) {
    assertThat(input.cases()).extracting(BadInput.Case::kind).contains(BadInput.Kind.values());
  }

  static Stream<BadInput.Case> cases() {
    return formats().flatMap(format -> format.cases().stream());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasAReason(BadInput.Case bad) {
    try (RecordDecoder decoder = bad.input().format().open()) {
      assertThat(reasonOrNull(decoder, bad.input().record(bad.bytes()))).isEqualTo(bad.reason());
    }
  }

  @ParameterizedTest
  @MethodSource("formats")
  void whereItEndsTooSoon(BadInput input) {
    try (RecordDecoder decoder = input.format().open()) {
      for (int length = 0; length < input.whole().length; length++) {
        reasonOrNull(decoder, input.record(Arrays.copyOf(input.whole(), length)));
      }

      assertThat(reasonOrNull(decoder, input.record(input.whole()))).isNull();
    }
  }

  @ParameterizedTest
  @MethodSource("formats")
  void anyOtherBytes(BadInput input) {
    var random = new Random(15);
    int refused = 0;
    try (RecordDecoder decoder = input.format().open()) {
      for (int i = 0; i < RANDOM_CASES; i++) {
        refused += reasonOrNull(decoder, input.record(any(input.whole(), random))) == null ? 0 : 1;
      }
    }

    assertThat(refused).as("seed 15").isGreaterThan(RANDOM_CASES / 100);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void numbersThatJsonDoesNotHave(double number) {
    Template text = Template.parse("{/title}");
    Pointer price = Pointer.parse("/price");
    var inText =
        new RecordMapping(
            Envelope.NONE, Template.parse("{/price}"), null, MetadataMapping.NONE, null, null);
    var asTime = new RecordMapping(Envelope.NONE, text, null, MetadataMapping.NONE, price, null);
    byte[] value = BadProtobuf.kettle(number, 0);

    for (RecordMapping mapping : List.of(inText, asTime)) {
      RecordDecoder decoder = BadProtobuf.format(mapping).open();
      var record = new SourceRecord(new SourcePosition("a", 0, 0), 1, null, value, List.of());
      assertThat(reasonOrNull(decoder, record)).isEqualTo(Reason.INVALID_VALUE);
    }
  }

  /** In Protobuf and Avro: JSON's bytes have none. */
  @Test
  void saysThatANumberIsNone() {
    for (double number : List.of(Double.NaN, Double.POSITIVE_INFINITY)) {
      byte[] value = BadProtobuf.kettle(number, 0);
      var record = new SourceRecord(new SourcePosition("a", 0, 0), 1, null, value, List.of());

      assertThatThrownBy(() -> BadProtobuf.format(BadProtobuf.MAPPING).open().decode(record))
          .hasMessageContaining(" is NaN or infinite, which JSON does not have.");
    }
  }

  /** Random bytes, or a few in a record, possibly without its end. */
  private static byte[] any(byte[] whole, Random random) {
    if (random.nextInt(4) == 0) {
      var bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      return bytes;
    }
    byte[] bytes = whole.clone();
    for (int j = random.nextInt(4); j >= 0; j--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return random.nextInt(5) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }

  /** Why a record is refused; null if it is not. Any other exception fails the test. */
  private static @Nullable Reason reasonOrNull(RecordDecoder decoder, SourceRecord record) {
    try {
      decoder.decode(record);
      return null;
    } catch (MalformedRecordException e) {
      assertThat(e)
          .hasMessageStartingWith("Cannot decode ")
          .hasMessageEndingWith(".")
          .hasMessageNotContainingAny("Kettle", "water", "kitchen");
      assertThat(String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8))
          .hasSizeLessThan(600);
      return e.reason();
    }
  }
}
