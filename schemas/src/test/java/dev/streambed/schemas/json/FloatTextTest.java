package dev.streambed.schemas.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.NumberOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FloatTextTest {
  private static final JsonFactory JSON = new JsonFactory();

  /** Every one, that is a stride of 1, takes a minute (docs/decisions/0135). */
  private static final int STRIDE = 61;

  private static final int BATCH = 10_000;

  @Test
  void hasTheDigitsOfJacksonBetweenAThousandthAndOne() throws Exception {
    int first = Float.floatToIntBits(0.001f);
    int end = Float.floatToIntBits(1);
    for (int start = first; start < end; start += BATCH * STRIDE) {
      assertAsJackson(
          IntStream.iterate(start, bits -> bits < end, bits -> bits + STRIDE).limit(BATCH));
    }
  }

  @Test
  void hasTheDigitsOfJacksonAroundPowersOfTwoAndTen() throws Exception {
    for (int exponent = 0; exponent < 255; exponent++) {
      int power = exponent << 23;
      assertAsJackson(IntStream.rangeClosed(power - 300, power + 300).filter(bits -> bits >= 0));
    }
    for (int exponent = -44; exponent <= 38; exponent++) {
      int power = Float.floatToIntBits(Float.parseFloat("1e" + exponent));
      assertAsJackson(IntStream.rangeClosed(power - 300, power + 300).filter(bits -> bits >= 0));
    }
  }

  @Test
  void hasTheDigitsOfJacksonForShortDecimalsAndForTies() throws Exception {
    assertAsJackson(IntStream.range(1, 10_000).map(i -> Float.floatToIntBits(i / 10_000f)));
    for (int power = 2; power <= 1 << 16; power *= 2) {
      float unit = 1f / power;
      assertAsJackson(IntStream.range(1, power).map(i -> Float.floatToIntBits(i * unit)));
    }
  }

  @Test
  void separatesWhatIsBeforeAndAfterIt() throws Exception {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartArray();
      json.writeNumber(1);
      FloatText.writeArray(json, new float[] {0.25f, -0.5f, 0, -0f});
      FloatText.writeArray(json, new float[0]);
      json.writeStartObject();
      json.writeFieldName("vector");
      FloatText.writeArray(json, new float[] {-Float.MIN_NORMAL});
      json.writeNumberField("last", 2);
      json.writeEndObject();
      json.writeEndArray();
    }

    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo("[1,[0.25,-0.5,0.0,-0.0],[],{\"vector\":[-1.1754944E-38],\"last\":2}]");
  }

  private static void assertAsJackson(IntStream bits) throws IOException {
    int[] each = bits.toArray();
    float[] vector = new float[2 * each.length];
    for (int i = 0; i < each.length; i++) {
      vector[2 * i] = Float.intBitsToFloat(each[i]);
      vector[2 * i + 1] = -vector[2 * i];
    }
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      FloatText.writeArray(json, vector);
    }

    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            IntStream.range(0, vector.length)
                .mapToObj(i -> NumberOutput.toString(vector[i], true))
                .collect(Collectors.joining(",", "[", "]")));
  }
}
