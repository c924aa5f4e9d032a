package dev.streambed.importer.nomic.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.UnaryOperator;

/** Changes the files of a checkpoint, for tests that must notice it. */
public final class AlteredCheckpoint {
  private AlteredCheckpoint() {}

  /** Overwrites the values of a 32-bit tensor; their number must stay. */
  public static void tensor(Path directory, String name, UnaryOperator<float[]> change)
      throws IOException {
    Tensor tensor = Checkpoint.open(directory).tensor(name);
    float[] changed = change.apply(tensor.toArray());
    ByteBuffer bytes =
        ByteBuffer.allocate(changed.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(changed);
    Path file = directory.resolve("model.safetensors");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(bytes, tensor.fileOffset());
    }
  }

  /** Stores all tensors anew, as F16 or BF16. */
  public static void storeAs(Path directory, ElementType type) throws IOException {
    Path file = directory.resolve("model.safetensors");
    var header = new StringBuilder("{");
    var data = new ByteArrayOutputStream();
    for (Tensor tensor : Safetensors.open(file).tensors().values()) {
      int begin = data.size();
      for (float value : tensor.toArray()) {
        int bits =
            type == ElementType.F16
                ? Half.fromFloat(value)
                : Float.floatToRawIntBits(value) >>> Short.SIZE;
        data.write(bits);
        data.write(bits >>> Byte.SIZE);
      }
      header.append(
          "%s\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(
                  begin == 0 ? "" : ",", tensor.name(), type, tensor.shape(), begin, data.size()));
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + json.length + data.size())
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json)
            .put(data.toByteArray());
    Files.write(file, bytes.array());
  }

  /** Replaces text in config.json, which must be there. */
  public static void config(Path directory, String before, String after) throws IOException {
    replace(directory.resolve("config.json"), before, after);
  }

  private static void replace(Path file, String before, String after) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    if (!text.contains(before)) {
      throw new IllegalArgumentException(file + " does not contain " + before);
    }
    Files.writeString(file, text.replace(before, after), StandardCharsets.UTF_8);
  }
}
