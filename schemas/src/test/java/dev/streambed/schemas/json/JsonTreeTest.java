package dev.streambed.schemas.json;

import static dev.streambed.schemas.Records.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTreeTest {

  @Test
  void saysOfNumbersThatJsonLacksWhatToDo() {
    for (String number : new String[] {"NaN", "Infinity", "-Infinity"}) {
      assertThatThrownBy(
              () ->
                  JsonTree.decode(
                      "{\"a\":%s}".formatted(number).getBytes(StandardCharsets.UTF_8), "record"))
          .hasMessageContaining("where NaN or Infinity ends: write null in its place");
    }
  }

  @Test
  void keepsTheDigitsOfNumbers() {
    JsonNode tree = decode("{\"a\":1.10,\"b\":12345678901234567890,\"c\":1e400,\"d\":-0.0}");

    assertThat(tree.get("a").asText()).isEqualTo("1.10");
    assertThat(tree.get("b").asText()).isEqualTo("12345678901234567890");
    assertThat(tree.get("c").asText()).isEqualTo("1E+400");
    assertThat(tree.get("d").asText()).isEqualTo("0.0");
  }

  @Test
  void takesAByteOrderMark() {
    assertThat(decode("\uFEFF{\"a\":1}")).isEqualTo(decode("{\"a\":1}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | INVALID_JSON",
        "` \n` | INVALID_JSON",
        "`{` | INVALID_JSON",
        "`{\"secret\":NaN}` | INVALID_JSON",
        "`{\"secret\":1}{}` | INVALID_JSON",
        "`{\"secret\":1} x` | INVALID_JSON",
        "`{\"secret\":1,\"secret\":2}` | DUPLICATE_PROPERTY",
        "`[{\"a\":{\"secret\":1,\"secret\":2}}]` | DUPLICATE_PROPERTY",
        "`\"secret\"` | WRONG_TYPE",
        "`17` | WRONG_TYPE",
        "`null` | WRONG_TYPE",
      })
  void refusesWhatIsNoDocument(String json, Reason reason) {
    assertRefused(utf8(json), reason);
  }

  @Test
  void refusesWhatWouldTakeAllMemoryOrStack() {
    assertOverLimit("[".repeat(1 << 20), "more than 1,000 levels at character 1000");
    assertOverLimit("{\"a\":".repeat(1 << 18), "more than 1,000 levels at character 4996");
    assertOverLimit(
        "[" + "9".repeat(1 << 20) + "]", "a number has more than 1,000 digits at character 1");
    assertOverLimit(
        "[0." + "9".repeat(1 << 20) + "]", "a number has more than 1,000 digits at character 1");
    assertOverLimit(
        "[1e345678901234567890]", "a number has an exponent of more than 32 bits at character 1");
    assertOverLimit(
        "{\"" + "a".repeat(1 << 20) + "\":1}",
        "a name has more than 50,000 characters at character 0");
    assertRefused(new byte[] {'{', (byte) 0xff, '}'}, Reason.INVALID_UTF8);
  }

  @Test
  void takesManyFields() {
    String json =
        IntStream.range(0, 10_000)
            .mapToObj(i -> "\"field " + i + "\":" + i)
            .collect(Collectors.joining(",", "{", "}"));

    assertThat(decode(json).size()).isEqualTo(10_000);
  }

  @Test
  void refusesEachBeginningAndAnyOtherBytesWithNothingButAReason() {
    byte[] whole = utf8("{\"title\":\"secret\",\"n\":[1,-2.5e3,true,null,{\"b\":\"\\u00e9\"}]}");
    for (int length = 0; length < whole.length; length++) {
      assertRefusedIfAtAll(Arrays.copyOf(whole, length));
    }
    var random = new Random(15);
    for (int i = 0; i < 10_000; i++) {
      byte[] bytes = random.nextBoolean() ? whole.clone() : new byte[random.nextInt(50)];
      for (int j = 0; j < bytes.length; j++) {
        if (bytes.length != whole.length || random.nextInt(20) == 0) {
          bytes[j] = (byte) random.nextInt();
        }
      }
      assertRefusedIfAtAll(bytes);
    }
  }

  private static void assertRefusedIfAtAll(byte[] bytes) {
    try {
      assertThat(JsonTree.decode(bytes, "record").isContainerNode()).isTrue();
    } catch (MalformedRecordException e) {
      assertThat(e)
          .hasMessageStartingWith("Cannot decode record: ")
          .hasMessageNotContaining("secret");
    }
  }

  private static void assertOverLimit(String json, String limit) {
    assertThatThrownBy(() -> JsonTree.decode(utf8(json), "record"))
        .hasMessage("Cannot decode record: " + limit + ".")
        .extracting(e -> ((MalformedRecordException) e).reason())
        .isEqualTo(Reason.OVER_LIMIT);
  }

  private static void assertRefused(byte[] bytes, Reason reason) {
    assertThatThrownBy(() -> JsonTree.decode(bytes, "record"))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageStartingWith("Cannot decode record: ")
        .hasMessageNotContaining("secret")
        .extracting(e -> ((MalformedRecordException) e).reason())
        .isEqualTo(reason);
  }

  private static JsonNode decode(String json) {
    return JsonTree.decode(json.getBytes(StandardCharsets.UTF_8), "record");
  }
}
