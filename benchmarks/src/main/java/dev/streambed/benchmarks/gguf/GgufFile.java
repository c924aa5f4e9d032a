package dev.streambed.benchmarks.gguf;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file in the format GGUF, version 3: metadata by key, then a table of tensors, then their
 * numbers. All is little-endian. Collected first, then written at once; confined to one thread.
 */
final class GgufFile {
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32; // of each tensor, the default of the format
  private static final int BUFFER = 1 << 20;

  // Numbers of the types of metadata.
  private static final int UINT8 = 0;
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final Bytes metadata = new Bytes();
  private final List<Entry> tensors = new ArrayList<>();
  private int keys;

  /** Gives the numbers of a tensor, row by row, in order. */
  interface Rows {
    /**
     * Copies a row: all numbers of the innermost axis.
     *
     * @param row counted over all outer axes
     */
    void read(long row, float[] target);
  }

  private record Entry(String name, GgufType type, List<Long> shape, Rows rows) {
    long elements() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }

    int rowLength() {
      return Math.toIntExact(shape.get(shape.size() - 1));
    }

    long bytes() {
      return elements() / rowLength() * type.bytes(rowLength());
    }
  }

  GgufFile text(String key, String value) {
    key(key, STRING).string(value);
    return this;
  }

  GgufFile number(String key, int value) {
    key(key, UINT32).int32(value);
    return this;
  }

  GgufFile number(String key, float value) {
    key(key, FLOAT32).int32(Float.floatToRawIntBits(value));
    return this;
  }

  GgufFile flag(String key, boolean value) {
    key(key, BOOL).int8(value ? 1 : 0);
    return this;
  }

  GgufFile texts(String key, List<String> values) {
    array(key, STRING, values.size());
    values.forEach(metadata::string);
    return this;
  }

  GgufFile numbers(String key, int[] values) {
    array(key, INT32, values.length);
    for (int value : values) {
      metadata.int32(value);
    }
    return this;
  }

  GgufFile numbers(String key, float[] values) {
    array(key, FLOAT32, values.length);
    for (float value : values) {
      metadata.int32(Float.floatToRawIntBits(value));
    }
    return this;
  }

  GgufFile bytes(String key, byte[] values) {
    array(key, UINT8, values.length);
    metadata.writeBytes(values);
    return this;
  }

  /**
   * Adds a tensor.
   *
   * @param shape outermost axis first
   */
  GgufFile tensor(String name, GgufType type, List<Long> shape, Rows rows) {
    tensors.add(new Entry(name, type, List.copyOf(shape), rows));
    return this;
  }

  /** Writes all, over a file that is there. */
  void write(Path file) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER)) {
      Bytes head = new Bytes();
      head.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
      head.int32(VERSION).int64(tensors.size()).int64(keys);
      head.writeBytes(metadata.toByteArray());
      long offset = 0; // counted from the end of the head
      for (Entry tensor : tensors) {
        head.string(tensor.name).int32(tensor.shape.size());
        for (int axis = tensor.shape.size() - 1; axis >= 0; axis--) {
          head.int64(tensor.shape.get(axis)); // innermost first
        }
        head.int32(tensor.type.code()).int64(offset);
        offset += tensor.bytes() + padding(tensor.bytes());
      }
      head.writeTo(out);
      out.write(new byte[padding(head.size())]);
      for (Entry tensor : tensors) {
        writeRows(tensor, out);
        out.write(new byte[padding(tensor.bytes())]);
      }
    }
  }

  private static void writeRows(Entry tensor, OutputStream out) throws IOException {
    float[] row = new float[tensor.rowLength()];
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(tensor.type.bytes(row.length)))
            .order(ByteOrder.LITTLE_ENDIAN);
    long count = tensor.elements() / row.length;
    for (long i = 0; i < count; i++) {
      tensor.rows.read(i, row);
      tensor.type.encode(row, bytes.clear());
      out.write(bytes.array());
    }
  }

  private static int padding(long bytes) {
    return (int) (-bytes & (ALIGNMENT - 1));
  }

  private void array(String key, int type, int length) {
    key(key, ARRAY).int32(type).int64(length);
  }

  private Bytes key(String key, int type) {
    keys++;
    return metadata.string(key).int32(type);
  }

  /** Little-endian bytes in memory. */
  private static final class Bytes extends ByteArrayOutputStream {
    Bytes int8(int value) {
      write(value);
      return this;
    }

    Bytes int32(int value) {
      writeBytes(little(Integer.BYTES).putInt(value).array());
      return this;
    }

    Bytes int64(long value) {
      writeBytes(little(Long.BYTES).putLong(value).array());
      return this;
    }

    Bytes string(String value) {
      byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
      int64(bytes.length).writeBytes(bytes);
      return this;
    }

    private static ByteBuffer little(int bytes) {
      return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
