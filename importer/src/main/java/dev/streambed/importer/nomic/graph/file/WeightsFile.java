package dev.streambed.importer.nomic.graph.file;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.checkpoint.Half;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongConsumer;
import org.apiguardian.api.API;

/**
 * A file beside the graph; its constants are copied or converted into it, one after the other.
 * Confined to the thread that builds the graph; closed by the graph's owner.
 */
@API(status = API.Status.INTERNAL)
public final class WeightsFile implements WeightStore, Closeable {
  private static final int ALIGNMENT = 64; // a cache line
  private static final int CHUNK = 1 << 18; // elements converted at a time

  private final String fileName;
  private final FileChannel channel;
  private final LongConsumer written;

  private WeightsFile(String fileName, FileChannel channel, LongConsumer written) {
    this.fileName = fileName;
    this.channel = channel;
    this.written = written;
  }

  /**
   * Makes a new file.
   *
   * @param written hears of the size of the file after each constant
   */
  public static WeightsFile create(Path file, LongConsumer written) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new WeightsFile(String.valueOf(file.getFileName()), channel, written);
  }

  @Override
  public TensorProto floats(String name, Tensor tensor, int firstRow, long... dims) {
    return copy(name, DataType.FLOAT, tensor, firstRow, dims);
  }

  /** As {@link #floats}, rounded to 16 bits. */
  public TensorProto halves(String name, Tensor tensor, int firstRow, long... dims) {
    return copy(name, DataType.FLOAT16, tensor, firstRow, dims);
  }

  /** Appends values that the caller computed; {@code values} is used up. */
  public TensorProto append(String name, DataType type, ByteBuffer values, long... dims) {
    try {
      long offset = align();
      int elementBytes = elementBytes(type);
      write(values);
      written.accept(channel.position());
      return ExternalConstant.describe(name, type, fileName, offset, elementBytes, dims);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write weights: " + e.getMessage(), e);
    }
  }

  private TensorProto copy(String name, DataType type, Tensor tensor, int firstRow, long... dims) {
    try {
      long offset = align();
      long first = (long) firstRow * tensor.rowLength();
      long count = 1;
      for (long dim : dims) {
        count = Math.multiplyExact(count, dim);
      }
      for (long done = 0; done < count; done += CHUNK) {
        float[] values = new float[(int) Math.min(CHUNK, count - done)];
        tensor.read(first + done, values);
        write(type == DataType.FLOAT ? floatBytes(values) : halfBytes(values));
      }
      written.accept(channel.position());
      return ExternalConstant.describe(name, type, fileName, offset, elementBytes(type), dims);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write weights: " + e.getMessage(), e);
    }
  }

  public static ByteBuffer floatBytes(float[] values) {
    ByteBuffer bytes = littleEndian(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }

  public static ByteBuffer halfBytes(float[] values) {
    ByteBuffer bytes = littleEndian(values.length * Short.BYTES);
    for (float value : values) {
      bytes.putShort(Half.fromFloat(value));
    }
    return bytes.flip();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int elementBytes(DataType type) {
    return switch (type) {
      case FLOAT -> Float.BYTES;
      case FLOAT16 -> Short.BYTES;
      case INT8 -> Byte.BYTES;
      default -> throw new IllegalArgumentException("Weights of type " + type);
    };
  }

  private long align() throws IOException {
    long offset = (channel.position() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    channel.position(offset);
    return offset;
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
