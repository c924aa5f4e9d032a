package dev.streambed.schemas.avro;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.VectorEncoding;
import java.io.IOException;
import java.util.Arrays;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;

/** Vectors in Avro's binary encoding: arrays of floats, or bytes with their length and scale. */
final class VectorAvro {
  private VectorAvro() {}

  static void write(BinaryEncoder out, float[] vector, VectorEncoding encoding) throws IOException {
    switch (encoding) {
      case FLOAT32 -> writeFloats(out, vector);
      case FLOAT32_BYTES, INT8, BINARY -> {
        EncodedVector encoded = EncodedVector.of(vector, encoding);
        out.writeBytes(encoded.bytes());
        out.writeInt(vector.length);
        out.writeFloat(encoded.scale());
      }
      case BASE64 -> throw new IllegalArgumentException("Avro has no vectors in " + encoding);
    }
  }

  static float[] read(BinaryDecoder in, VectorEncoding encoding) throws IOException {
    if (encoding == VectorEncoding.FLOAT32) {
      return readFloats(in);
    }
    byte[] bytes = AvroPrimitives.readBytes(in);
    int dimensions = in.readInt();
    return new EncodedVector(encoding, bytes, in.readFloat()).vector(dimensions);
  }

  private static void writeFloats(BinaryEncoder out, float[] vector) throws IOException {
    out.writeArrayStart();
    out.setItemCount(vector.length);
    for (float component : vector) {
      out.writeFloat(component);
    }
    out.writeArrayEnd();
  }

  /**
   * Reads any number of blocks, as Avro allows. No block is believed to be longer than the bytes
   * left.
   */
  private static float[] readFloats(BinaryDecoder in) throws IOException {
    float[] vector = new float[0];
    for (long block = in.readArrayStart(); block > 0; block = in.arrayNext()) {
      if (block > in.inputStream().available() / Float.BYTES) {
        throw malformed(
            EmbeddingRecordAvro.WHAT, Reason.INVALID_AVRO, "embedding is longer than the record");
      }
      int from = vector.length;
      vector = Arrays.copyOf(vector, from + (int) block);
      for (int i = from; i < vector.length; i++) {
        vector[i] = in.readFloat();
      }
    }
    return vector;
  }
}
