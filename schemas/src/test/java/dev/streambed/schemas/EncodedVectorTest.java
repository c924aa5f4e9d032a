package dev.streambed.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EncodedVectorTest {
  private static final float[] VECTOR = {0.25f, -0.5f, 0, -0.0f, 1, 0.001f, -1, 0.3f, 0.7f};

  @Test
  void writesFloatsLittleEndian() {
    byte[] bytes = EncodedVector.of(new float[] {1, -2.5f}, VectorEncoding.FLOAT32_BYTES).bytes();

    assertThat(bytes).containsExactly(0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0); // IEEE 754
  }

  @Test
  void scalesToBytes() {
    EncodedVector encoded =
        EncodedVector.of(new float[] {0.5f, -0.25f, 0.003f, 0, -0.5f}, VectorEncoding.INT8);

    assertThat(encoded.scale()).isEqualTo(0.5f / 127);
    assertThat(encoded.bytes()).containsExactly(127, -63, 1, 0, -127); // -63.5 goes up
  }

  @Test
  void takesWhatIsAboveZeroForABit() {
    byte[] bytes = EncodedVector.of(VECTOR, VectorEncoding.BINARY).bytes();

    assertThat(bytes).containsExactly(0b1000_1101, 0b1000_0000);
  }

  @ParameterizedTest
  @EnumSource(
      value = VectorEncoding.class,
      names = {"FLOAT32", "FLOAT32_BYTES", "BASE64"})
  void losesNothing(VectorEncoding encoding) {
    assertThat(EncodedVector.of(VECTOR, encoding).vector(VECTOR.length)).isEqualTo(VECTOR);
    assertThat(encoding.isLossy()).isFalse();
  }

  @Test
  void losesAtMostHalfAStepOfEachComponent() {
    Random random = new Random(7);
    for (int round = 0; round < 1_000; round++) {
      float[] vector = new float[1 + random.nextInt(800)];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) (random.nextGaussian() * Math.pow(10, -random.nextInt(30)));
      }
      EncodedVector encoded = EncodedVector.of(vector, VectorEncoding.INT8);

      float[] read = encoded.vector(vector.length);

      for (int i = 0; i < vector.length; i++) {
        assertThat((double) read[i]).isCloseTo(vector[i], within(0.5001 * encoded.scale()));
      }
    }
  }

  @Test
  void keepsTheSignsAndTheNorm() {
    float[] read = EncodedVector.of(VECTOR, VectorEncoding.BINARY).vector(VECTOR.length);

    double squares = 0;
    for (int i = 0; i < read.length; i++) {
      assertThat(read[i] > 0).isEqualTo(VECTOR[i] > 0);
      squares += read[i] * read[i];
    }
    assertThat(squares).isCloseTo(1, within(1e-6));
  }

  @ParameterizedTest
  @EnumSource(VectorEncoding.class)
  void takesAVectorOfZeros(VectorEncoding encoding) {
    assertThat(EncodedVector.of(new float[3], encoding).vector(3)).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource(VectorEncoding.class)
  void refusesTheBytesOfAnotherLength(VectorEncoding encoding) {
    EncodedVector encoded = EncodedVector.of(VECTOR, encoding);

    assertThatThrownBy(() -> encoded.vector(VECTOR.length + Byte.SIZE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(VectorEncoding.class)
  void hasItsNameInPipelineFiles(VectorEncoding encoding) {
    assertThat(VectorEncoding.ofName(encoding.toString())).isEqualTo(encoding);
    assertThat(VectorEncoding.FLOAT32_BYTES).hasToString("float32-bytes");
    assertThatThrownBy(() -> VectorEncoding.ofName("FLOAT32"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
