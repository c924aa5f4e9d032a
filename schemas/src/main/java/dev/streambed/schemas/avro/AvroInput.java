package dev.streambed.schemas.avro;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.Decoder;
import org.jspecify.annotations.Nullable;

/**
 * Avro's binary encoding in an array. Unlike Avro's own decoder, it takes no memory for a length
 * that the bytes do not have, replaces nothing in strings, and takes no other byte for false. All
 * that it throws is {@link MalformedRecordException}. Confined to one thread.
 */
final class AvroInput extends Decoder {
  /** Stands in a string for bytes that are no UTF-8; seldom for itself. */
  private static final char REPLACEMENT = '\uFFFD';

  /** Elements without a byte, such as nulls, that a record may have in arrays beside the others. */
  private static final long MOST_EMPTY_ELEMENTS = 1000;

  private static final int MOST_INT_BYTES = 5;
  private static final int MOST_LONG_BYTES = 10;

  private final String what;
  private byte[] bytes = new byte[0];
  private int position;
  private long elementsLeft;

  /**
   * An input without bytes.
   *
   * @param what names the bytes in messages: {@code record}
   */
  AvroInput(String what) {
    this.what = what;
  }

  /** Goes to another array, which is shared. */
  void reset(byte[] array, int from) {
    this.bytes = array;
    this.position = from;
    // Each element has a byte at least, but for those that have none at all.
    this.elementsLeft = array.length - from + MOST_EMPTY_ELEMENTS;
  }

  /** The index of the next byte. */
  int position() {
    return position;
  }

  boolean isAtEnd() {
    return position == bytes.length;
  }

  private MalformedRecordException cutOff() {
    return malformed(
        what,
        Reason.INVALID_AVRO,
        "its %d bytes end where its schema expects more".formatted(bytes.length));
  }

  /** Passes over some bytes, and returns where they begin. */
  private int take(long length) {
    if (length < 0 || length > bytes.length - position) {
      throw cutOff();
    }
    int from = position;
    position += (int) length;
    return from;
  }

  @Override
  public void readNull() {}

  @Override
  public boolean readBoolean() {
    byte value = bytes[take(1)];
    if (value != 0 && value != 1) {
      throw malformed(what, Reason.INVALID_AVRO, "a boolean is neither 0 nor 1");
    }
    return value == 1;
  }

  @Override
  public int readInt() {
    long value = readVariable(MOST_INT_BYTES);
    if (value != (int) value) {
      throw malformed(what, Reason.INVALID_AVRO, "an int has more than 32 bits");
    }
    return (int) value;
  }

  @Override
  public long readLong() {
    return readVariable(MOST_LONG_BYTES);
  }

  /** Seven bits per byte, the low ones first; the sign in the lowest bit. */
  private long readVariable(int mostBytes) {
    long value = 0;
    for (int i = 0; i < mostBytes; i++) {
      if (position == bytes.length) {
        throw cutOff();
      }
      byte next = bytes[position++];
      value |= (next & 0x7FL) << (7 * i);
      if (next >= 0) {
        return (value >>> 1) ^ -(value & 1);
      }
    }
    throw malformed(what, Reason.INVALID_AVRO, "a number has more bytes than its type allows");
  }

  @Override
  public float readFloat() {
    return Float.intBitsToFloat(fixedInt(take(Float.BYTES)));
  }

  @Override
  public double readDouble() {
    int from = take(Double.BYTES);
    long low = fixedInt(from) & 0xFFFF_FFFFL;
    return Double.longBitsToDouble(low | ((long) fixedInt(from + Integer.BYTES) << Integer.SIZE));
  }

  private int fixedInt(int from) {
    return (bytes[from] & 0xFF)
        | (bytes[from + 1] & 0xFF) << 8
        | (bytes[from + 2] & 0xFF) << 16
        | bytes[from + 3] << 24;
  }

  @Override
  public org.apache.avro.util.Utf8 readString(org.apache.avro.util.@Nullable Utf8 old) {
    return new org.apache.avro.util.Utf8(readString());
  }

  @Override
  public String readString() {
    long length = readLong();
    int from = take(length);
    String text = new String(bytes, from, (int) length, StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) >= 0) {
      checkUtf8(from);
    }
    return text;
  }

  /** Refuses bytes, up to the position, that {@code new String} has replaced. */
  private void checkUtf8(int from) {
    byte[] string = Arrays.copyOfRange(bytes, from, position);
    int invalid = Utf8.firstInvalid(string);
    if (invalid < string.length) {
      throw malformed(
          what,
          Reason.INVALID_UTF8,
          "a string is not valid UTF-8 at byte %d of %d".formatted(from + invalid, bytes.length));
    }
  }

  @Override
  public void skipString() {
    skipBytes();
  }

  @Override
  public ByteBuffer readBytes(@Nullable ByteBuffer old) {
    return ByteBuffer.wrap(readBytes());
  }

  byte[] readBytes() {
    long length = readLong();
    int from = take(length);
    return Arrays.copyOfRange(bytes, from, position);
  }

  @Override
  public void skipBytes() {
    take(readLong());
  }

  @Override
  public void readFixed(byte[] target, int start, int length) {
    System.arraycopy(bytes, take(length), target, start, length);
  }

  @Override
  public void skipFixed(int length) {
    take(length);
  }

  @Override
  public int readEnum() {
    return readInt();
  }

  @Override
  public int readIndex() {
    return readInt();
  }

  @Override
  public long readArrayStart() {
    return readBlockStart();
  }

  @Override
  public long arrayNext() {
    return readBlockStart();
  }

  /** The elements of the next block; 0 after the last. */
  private long readBlockStart() {
    long count = readLong();
    if (count < 0) { // the block's bytes follow, for readers that skip it
      readLong();
      count = -count;
    }
    if (count < 0 || count > elementsLeft) {
      throw malformed(
          what,
          Reason.INVALID_AVRO,
          "an array or map claims more elements than its %d bytes can hold"
              .formatted(bytes.length));
    }
    elementsLeft -= count;
    return count;
  }

  /** Passes over blocks that say their bytes; returns the elements of one that does not. */
  @Override
  public long skipArray() {
    for (long count = readLong(); count != 0; count = readLong()) {
      if (count > 0) {
        if (count > elementsLeft) {
          throw cutOff();
        }
        elementsLeft -= count;
        return count;
      }
      take(readLong());
    }
    return 0;
  }

  @Override
  public long readMapStart() {
    return readBlockStart();
  }

  @Override
  public long mapNext() {
    return readBlockStart();
  }

  @Override
  public long skipMap() {
    return skipArray();
  }
}
