package dev.streambed.importer.nomic.checkpoint;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.apiguardian.api.API;

/**
 * One tensor of a safetensors file: where it lies and, memory-mapped, what it holds. Any thread may
 * read it while its file is open; nothing is copied until asked for.
 */
@API(status = API.Status.INTERNAL)
public final class Tensor {
  private final String name;
  private final ElementType type;
  private final List<Long> shape;
  private final long fileOffset;
  private final ByteBuffer data;

  /**
   * @param fileOffset first byte of the tensor in its file
   * @param data the tensor's bytes, little-endian, from index 0; shared with the file
   */
  Tensor(String name, ElementType type, List<Long> shape, long fileOffset, ByteBuffer data) {
    this.name = name;
    this.type = type;
    this.shape = List.copyOf(shape);
    this.fileOffset = fileOffset;
    this.data = data;
  }

  public String name() {
    return name;
  }

  public ElementType type() {
    return type;
  }

  /** Sizes of the axes, outermost first. */
  public List<Long> shape() {
    return shape;
  }

  /** First byte of the tensor, counted from the start of its file. */
  public long fileOffset() {
    return fileOffset;
  }

  /** Number of elements. */
  public int elements() {
    return data.limit() / type.bytes();
  }

  /** Elements in one step of the outermost axis. */
  public int rowLength() {
    return Math.toIntExact(elements() / shape.get(0));
  }

  /**
   * Copies elements, widened to float, in row-major order.
   *
   * @param first index of the first element to copy
   * @param target receives as many elements as it is long
   */
  public void read(long first, float[] target) {
    Objects.checkFromIndexSize(first, target.length, elements());
    int start = Math.toIntExact(first * type.bytes());
    if (type == ElementType.F32) {
      // A bulk copy: the checkpoint is read at the speed of memory.
      data.slice(start, target.length * Float.BYTES)
          .order(data.order())
          .asFloatBuffer()
          .get(target);
      return;
    }
    for (int i = 0; i < target.length; i++) {
      target[i] = type.read(data, start + i * type.bytes());
    }
  }

  /** All elements of a small tensor. */
  public float[] toArray() {
    float[] all = new float[elements()];
    read(0, all);
    return all;
  }
}
