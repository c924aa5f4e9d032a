package dev.streambed.importer.nomic.checkpoint;

import org.apiguardian.api.API;

/** IEEE 754 binary16, which Java 17 has no methods for. */
@API(status = API.Status.INTERNAL)
public final class Half {
  private static final int EXPONENT_BIAS_DIFFERENCE = 127 - 15;
  private static final int FRACTION_BITS_DROPPED = 23 - 10;
  private static final float SMALLEST_SUBNORMAL = 0x1p-24f;

  private Half() {}

  /** Widens exactly; subnormals, infinities and NaN included. */
  public static float toFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1F;
    int fraction = half & 0x3FF;
    if (exponent == 0) {
      float magnitude = fraction * SMALLEST_SUBNORMAL;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wideExponent = exponent == 0x1F ? 0xFF : exponent + EXPONENT_BIAS_DIFFERENCE;
    return Float.intBitsToFloat(sign | wideExponent << 23 | fraction << FRACTION_BITS_DROPPED);
  }

  /** Rounds to the nearest half, ties to even; larger numbers become infinite. */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7FFFFFFF;
    if (magnitude > 0x7F800000) {
      return (short) (sign | 0x7E00); // NaN
    }
    if (magnitude >= 0x477FF000) { // 65520, half way between the largest half and the next step
      return (short) (sign | 0x7C00);
    }
    if (magnitude < 0x38800000) { // below 2^-14: subnormal, in units of 2^-24
      return (short) (sign | (int) Math.rint(Math.abs((double) value) / SMALLEST_SUBNORMAL));
    }
    int rebased = magnitude - (EXPONENT_BIAS_DIFFERENCE << 23);
    int halfStepLessOne = 0xFFF + ((rebased >>> FRACTION_BITS_DROPPED) & 1);
    return (short) (sign | (rebased + halfStepLessOne) >>> FRACTION_BITS_DROPPED);
  }
}
