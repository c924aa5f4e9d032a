package dev.streambed.schemas.avro;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.Utf8;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Values of simple types in Avro's binary encoding, read more strictly than by Avro's own decoder.
 */
final class AvroPrimitives {
  private static final String WHAT = "embedding record";

  // The branches of ["null", "string"] and ["null", "int"].
  private static final int NULL = 0;
  private static final int VALUE = 1;

  private AvroPrimitives() {}

  static void writeOptional(BinaryEncoder out, @Nullable String text) throws IOException {
    if (text == null) {
      out.writeIndex(NULL);
    } else {
      out.writeIndex(VALUE);
      writeString(out, text);
    }
  }

  static void writeOptional(BinaryEncoder out, @Nullable Integer number) throws IOException {
    if (number == null) {
      out.writeIndex(NULL);
    } else {
      out.writeIndex(VALUE);
      out.writeInt(number);
    }
  }

  static void writeOptional(BinaryEncoder out, @Nullable ChunkOfText chunk) throws IOException {
    if (chunk == null) {
      out.writeIndex(NULL);
    } else {
      out.writeIndex(VALUE);
      out.writeInt(chunk.index());
      out.writeInt(chunk.count());
      out.writeInt(chunk.startChar());
      out.writeInt(chunk.endChar());
    }
  }

  /** Arguments are evaluated in the order of the schema's fields. */
  static @Nullable ChunkOfText readOptionalChunk(BinaryDecoder in) throws IOException {
    return hasValue(in)
        ? new ChunkOfText(in.readInt(), in.readInt(), in.readInt(), in.readInt())
        : null;
  }

  static @Nullable String readOptional(BinaryDecoder in) throws IOException {
    return hasValue(in) ? readString(in) : null;
  }

  static @Nullable Integer readOptionalInt(BinaryDecoder in) throws IOException {
    return hasValue(in) ? (Integer) in.readInt() : null;
  }

  private static boolean hasValue(BinaryDecoder in) throws IOException {
    int branch = in.readIndex();
    if (branch != NULL && branch != VALUE) {
      throw malformed(WHAT, Reason.INVALID_AVRO, "a union has an unknown branch");
    }
    return branch == VALUE;
  }

  /** Unlike Avro's own, it takes no other byte for false. */
  static boolean readBoolean(BinaryDecoder in) throws IOException {
    byte[] value = new byte[1];
    in.readFixed(value);
    if (value[0] != 0 && value[0] != 1) {
      throw malformed(WHAT, Reason.INVALID_AVRO, "a boolean is neither 0 nor 1");
    }
    return value[0] == 1;
  }

  static void writeString(BinaryEncoder out, String text) throws IOException {
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8)); // as Avro writes strings
  }

  /** Unlike Avro's own strings, it replaces nothing. */
  static String readString(BinaryDecoder in) throws IOException {
    return Utf8.decode(readBytes(in), WHAT);
  }

  /** No length is believed that the record does not have. */
  static byte[] readBytes(BinaryDecoder in) throws IOException {
    long length = in.readLong();
    if (length < 0 || length > in.inputStream().available()) {
      throw malformed(WHAT, Reason.INVALID_AVRO, "a string or vector is longer than the record");
    }
    byte[] bytes = new byte[(int) length];
    in.readFixed(bytes);
    return bytes;
  }
}
