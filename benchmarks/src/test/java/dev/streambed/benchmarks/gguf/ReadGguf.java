package dev.streambed.benchmarks.gguf;

import dev.streambed.importer.nomic.checkpoint.Half;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A small GGUF file, read as its specification says and independent of what writes it. */
final class ReadGguf {
  private static final int ALIGNMENT = 32;

  final Map<String, Object> metadata = new LinkedHashMap<>();
  final Map<String, Stored> tensors = new LinkedHashMap<>();
  final String magic;
  final int version;
  final int dataStart;
  final int size;
  private final ByteBuffer bytes;

  /**
   * A tensor's place.
   *
   * @param shape innermost axis first
   * @param offset from the end of the head
   */
  record Stored(List<Long> shape, int type, long offset) {
    int elements() {
      return Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
    }
  }

  ReadGguf(Path file) throws IOException {
    bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    size = bytes.limit();
    byte[] first = new byte[4];
    bytes.get(first);
    magic = new String(first, StandardCharsets.US_ASCII);
    version = bytes.getInt();
    long tensorCount = bytes.getLong();
    long keys = bytes.getLong();
    for (long i = 0; i < keys; i++) {
      String key = string();
      metadata.put(key, value(bytes.getInt()));
    }
    for (long i = 0; i < tensorCount; i++) {
      String name = string();
      List<Long> shape = new ArrayList<>();
      for (int axes = bytes.getInt(); axes > 0; axes--) {
        shape.add(bytes.getLong());
      }
      tensors.put(name, new Stored(shape, bytes.getInt(), bytes.getLong()));
    }
    dataStart = (bytes.position() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  Stored tensor(String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  /** A key that holds several values. */
  List<?> values(String key) {
    return (List<?>) Objects.requireNonNull(metadata.get(key), key);
  }

  /** The numbers of a tensor, widened. */
  float[] numbers(String name) {
    Stored tensor = tensor(name);
    float[] numbers = new float[tensor.elements()];
    bytes.position(Math.toIntExact(dataStart + tensor.offset));
    float scale = 0;
    for (int i = 0; i < numbers.length; i++) {
      switch (tensor.type) {
        case 0 -> numbers[i] = bytes.getFloat();
        case 1 -> numbers[i] = Half.toFloat(bytes.getShort());
        case 8 -> {
          scale = i % 32 == 0 ? Half.toFloat(bytes.getShort()) : scale;
          numbers[i] = scale * bytes.get();
        }
        default -> throw new IllegalStateException("type " + tensor.type);
      }
    }
    return numbers;
  }

  private Object value(int type) {
    return switch (type) {
      case 0 -> bytes.get();
      case 4, 5 -> bytes.getInt();
      case 6 -> bytes.getFloat();
      case 7 -> bytes.get() == 1;
      case 8 -> string();
      case 9 -> {
        int element = bytes.getInt();
        List<Object> values = new ArrayList<>();
        for (long length = bytes.getLong(); length > 0; length--) {
          values.add(value(element));
        }
        yield values;
      }
      default -> throw new IllegalStateException("type " + type);
    };
  }

  private String string() {
    byte[] text = new byte[Math.toIntExact(bytes.getLong())];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
