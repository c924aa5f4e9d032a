package dev.streambed.benchmarks.gguf;

import dev.streambed.importer.nomic.checkpoint.Half;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.apache.flink.annotation.Internal;

/** How the numbers of a tensor are stored: those of ggml's types that are measured. */
@Internal
public enum GgufType {
  F32(0, 1, Float.BYTES) {
    @Override
    void encodeBlock(float[] row, int start, ByteBuffer target) {
      target.putFloat(row[start]);
    }
  },
  F16(1, 1, Short.BYTES) {
    @Override
    void encodeBlock(float[] row, int start, ByteBuffer target) {
      target.putShort(Half.fromFloat(row[start]));
    }
  },
  /** Blocks of 32 numbers in 8 bits each, with a scale of 16 bits. */
  Q8_0(8, 32, Short.BYTES + 32) {
    @Override
    void encodeBlock(float[] row, int start, ByteBuffer target) {
      float largest = 0;
      for (int i = start; i < start + blockElements(); i++) {
        largest = Math.max(largest, Math.abs(row[i]));
      }
      float scale = largest / Byte.MAX_VALUE;
      float inverse = scale == 0 ? 0 : 1 / scale; // of the scale before it is rounded, as in ggml
      target.putShort(Half.fromFloat(scale));
      for (int i = start; i < start + blockElements(); i++) {
        target.put((byte) roundHalfAwayFromZero(row[i] * inverse));
      }
    }
  };

  private final int code;
  private final int blockElements;
  private final int blockBytes;

  GgufType(int code, int blockElements, int blockBytes) {
    this.code = code;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  /** As people and files of llama.cpp name it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its number in a file. */
  int code() {
    return code;
  }

  int blockElements() {
    return blockElements;
  }

  /**
   * Bytes of so many numbers.
   *
   * @param elements a multiple of a block's
   */
  long bytes(long elements) {
    if (elements % blockElements != 0) {
      throw new IllegalArgumentException(
          "%d numbers cannot be stored as %s: it has blocks of %d."
              .formatted(elements, label(), blockElements));
    }
    return elements / blockElements * blockBytes;
  }

  /** Appends a row to a little-endian buffer. */
  void encode(float[] row, ByteBuffer target) {
    for (int start = 0; start < row.length; start += blockElements) {
      encodeBlock(row, start, target);
    }
  }

  abstract void encodeBlock(float[] row, int start, ByteBuffer target);

  private static int roundHalfAwayFromZero(float value) {
    return value < 0 ? -(int) (0.5 - value) : (int) (value + 0.5);
  }
}
