package dev.streambed.benchmarks.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.importer.nomic.checkpoint.Half;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GgufTypeTest {
  private static final int BLOCK = 32;

  @Test
  void storesHalvesLittleEndian() {
    byte[] bytes = encode(GgufType.F16, 1f, -2f);

    assertThat(bytes).containsExactly(0x00, 0x3C, 0x00, 0xC0); // 0x3C00 is 1, 0xC000 is -2
  }

  @Test
  void startsEachBlockOfEightBitsWithItsScale() {
    float[] row = new float[2 * BLOCK];
    row[0] = 127; // a scale of 127 / 127 = 1
    row[BLOCK] = -254; // and of 254 / 127 = 2

    byte[] bytes = encode(GgufType.Q8_0, row);

    assertThat(bytes).hasSize(2 * 34); // 2 bytes of a scale, 32 of numbers
    assertThat(Arrays.copyOf(bytes, 3)).containsExactly(0x00, 0x3C, 127);
    assertThat(Arrays.copyOfRange(bytes, 34, 37)).containsExactly(0x00, 0x40, -127);
  }

  @Test
  void roundsHalvesAwayFromZeroInEightBits() {
    float[] row = new float[BLOCK];
    row[0] = 127; // the scale is 1
    row[1] = 2.5f;
    row[2] = -2.5f;
    row[3] = 2.49f;
    row[4] = -0.5f;

    byte[] bytes = encode(GgufType.Q8_0, row);

    assertThat(Arrays.copyOfRange(bytes, 2, 7)).containsExactly(127, 3, -3, 2, -1);
  }

  @Test
  void storesZerosAsZerosInEightBits() {
    assertThat(encode(GgufType.Q8_0, new float[BLOCK])).containsOnly(0).hasSize(34);
  }

  @Test
  void staysWithinHalfAStepInEightBits() {
    for (long seed = 0; seed < 1000; seed++) {
      var random = new Random(seed);
      float size = (float) Math.pow(10, random.nextInt(6) - 3);
      float[] row = new float[BLOCK];
      float largest = 0;
      for (int i = 0; i < BLOCK; i++) {
        row[i] = (float) random.nextGaussian() * size;
        largest = Math.max(largest, Math.abs(row[i]));
      }

      ByteBuffer found = ByteBuffer.wrap(encode(GgufType.Q8_0, row)).order(ByteOrder.LITTLE_ENDIAN);

      float scale = Half.toFloat(found.getShort());
      // A half has 11 bits, so the scale is off by up to 2^-11 (and by 2^-25, if it is tiny), 127
      // times.
      double scaleError = 127 * (largest / 127 * 0x1p-11 + 0x1p-25);
      for (int i = 0; i < BLOCK; i++) {
        assertThat((double) scale * found.get())
            .as("seed %d, number %d", seed, i)
            .isCloseTo(row[i], within(largest / 127 * 0.5001 + scaleError));
      }
    }
  }

  @Test
  void refusesRowsThatAreNoMultipleOfABlock() {
    assertThatThrownBy(() -> GgufType.Q8_0.bytes(48))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("48 numbers cannot be stored as q8_0: it has blocks of 32.");
  }

  private static byte[] encode(GgufType type, float... row) {
    ByteBuffer bytes =
        ByteBuffer.allocate((int) type.bytes(row.length)).order(ByteOrder.LITTLE_ENDIAN);
    type.encode(row, bytes);
    return bytes.array();
  }
}
