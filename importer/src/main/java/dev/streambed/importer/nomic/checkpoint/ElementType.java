package dev.streambed.importer.nomic.checkpoint;

import java.nio.ByteBuffer;
import org.apiguardian.api.API;

/** The number formats a checkpoint may be stored in; all widen to float without loss. */
@API(status = API.Status.INTERNAL)
public enum ElementType {
  F32(4) {
    @Override
    float read(ByteBuffer data, int byteIndex) {
      return data.getFloat(byteIndex);
    }
  },
  F16(2) {
    @Override
    float read(ByteBuffer data, int byteIndex) {
      return Half.toFloat(data.getShort(byteIndex));
    }
  },
  BF16(2) {
    @Override
    float read(ByteBuffer data, int byteIndex) {
      return Float.intBitsToFloat(data.getShort(byteIndex) << Short.SIZE);
    }
  };

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** The element that starts at a byte of a little-endian buffer. */
  abstract float read(ByteBuffer data, int byteIndex);
}
