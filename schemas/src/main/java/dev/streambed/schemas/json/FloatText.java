package dev.streambed.schemas.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.NumberOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.apiguardian.api.API;

/**
 * Writes the components of vectors as JSON numbers, with the digits of {@link
 * NumberOutput#toString(float, boolean)}, at twice its speed (docs/decisions/0135).
 *
 * <p>The digits are the shortest decimal that reads back as the same 32 bits, and among those the
 * closest (Raffaello Giulietti, The Schubfach way to render doubles, 2020). Between 0.001 and 1,
 * where nearly all components of unit vectors are, 64 bits hold each step of that exactly.
 */
@API(status = API.Status.INTERNAL)
public final class FloatText {
  /** Below it, the text has an exponent. */
  private static final float LEAST = 0.001f;

  private static final int MANTISSA_BITS = 23;
  private static final int MANTISSA = (1 << MANTISSA_BITS) - 1;

  /** The exponent of the unit in the last place, with the sign changed, of 2^-23 and more. */
  private static final int EXPONENT_BIAS = 150;

  /** The most digits after the point: 2^-33, the last place of 0.001, is above 10^-10. */
  private static final int DIGITS = 10;

  /** A sign, nine digits, a point, an exponent of four characters, and a comma. */
  private static final int LENGTH = 16;

  private static final long[] POWERS = new long[DIGITS + 1];
  private static final byte[] TENS = new byte[100];
  private static final byte[] ONES = new byte[100];

  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = 10 * POWERS[i - 1];
    }
    for (int i = 0; i < 100; i++) {
      TENS[i] = (byte) ('0' + i / 10);
      ONES[i] = (byte) ('0' + i % 10);
    }
  }

  private FloatText() {}

  /**
   * Writes an array of the components, which are finite.
   *
   * @param json whose target is a stream of UTF-8
   */
  public static void writeArray(JsonGenerator json, float[] vector) throws IOException {
    byte[] text = new byte[vector.length * LENGTH + 2];
    int end = 0;
    text[end++] = '[';
    for (int i = 0; i < vector.length; i++) {
      if (i > 0) {
        text[end++] = ',';
      }
      end = put(vector[i], text, end);
    }
    text[end++] = ']';
    json.writeRawValue(""); // the separator before it
    json.flush();
    ((OutputStream) json.getOutputTarget()).write(text, 0, end);
  }

  private static int put(float value, byte[] bytes, int offset) {
    float magnitude = Math.abs(value);
    if (magnitude >= LEAST && magnitude < 1) {
      return putPlain(value, bytes, offset);
    }
    byte[] text = NumberOutput.toString(value, true).getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(text, 0, bytes, offset, text.length);
    return offset + text.length;
  }

  /**
   * Writes a number whose magnitude is at least 0.001 and less than 1.
   *
   * @param bytes with room for a sign, a zero, the point and ten digits
   * @return the index after the last digit
   */
  private static int putPlain(float value, byte[] bytes, int offset) {
    int bits = Float.floatToRawIntBits(value);
    int fraction = bits & MANTISSA;
    int exponent = EXPONENT_BIAS - ((bits >>> MANTISSA_BITS) & 0xff); // 24 to 33

    // Decimals of that many places are closer together than floats: ceil(exponent * log10(2)).
    int places = ((exponent * 77) >> 8) + 1;

    // All in units of 2^-shift * 10^-places. Whatever lies between low and high is read as value;
    // no decimal of so few places lies on either.
    int shift = exponent + 2;
    long one = 1L << shift;
    long exact = (fraction | (1L << MANTISSA_BITS)) * 4 * POWERS[places];
    long halfStep = 2 * POWERS[places];
    long low = exact - (fraction == 0 ? halfStep / 2 : halfStep);
    long high = exact + halfStep;

    long floor = exact >> shift;
    long nearest = (exact + one / 2 - 1 + (floor & 1)) >> shift;
    if (fraction == 0 && (nearest << shift) < low) {
      nearest++;
    }
    long ten = floor / 10 * 10; // the nearest decimal with a place less
    ten += exact - (ten << shift) > 5 * one ? 10 : 0;
    long shorter = ten << shift;
    long digits = shorter >= low && shorter <= high ? ten : nearest;

    bytes[offset] = '-';
    int start = offset + (bits >>> 31);
    bytes[start] = '0';
    bytes[start + 1] = '.';
    return putDigits(digits * POWERS[DIGITS - places], bytes, start + 2);
  }

  /** Writes ten digits, and leaves out the zeros at the end but for the first. */
  private static int putDigits(long digits, byte[] bytes, int start) {
    int first = (int) (digits / POWERS[8]);
    bytes[start] = TENS[first];
    bytes[start + 1] = ONES[first];
    long eight = eightDigits((int) (digits - first * POWERS[8]));
    EIGHT_BYTES.set(bytes, start + 2, eight + 0x3030303030303030L);
    int end = start + DIGITS - Long.numberOfLeadingZeros(eight) / Byte.SIZE;
    while (bytes[end - 1] == '0' && end - 1 > start) {
      end--;
    }
    return end;
  }

  /** A digit in each byte, the first in the lowest one. */
  private static long eightDigits(int number) {
    int high = number / 10_000;
    long fours = high | ((long) (number - high * 10_000) << 32);
    long hundreds =
        ((fours * 10_486) >>> 20) & 0x0000_007f_0000_007fL; // by 100, for numbers < 10,000
    long twos = hundreds | ((fours - 100 * hundreds) << 16);
    long tens = ((twos * 103) >>> 10) & 0x000f_000f_000f_000fL; // by 10, for numbers < 100
    return tens | ((twos - 10 * tens) << 8);
  }
}
