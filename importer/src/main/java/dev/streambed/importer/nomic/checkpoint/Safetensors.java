package dev.streambed.importer.nomic.checkpoint;

import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;

/**
 * A safetensors file, memory-mapped and fully checked: an unsigned 64-bit little-endian header
 * length, a JSON header of that length, then the data, which the tensors cover exactly.
 *
 * <p>Source: the format description of the safetensors project. No content of the file makes this
 * read a byte outside it, or take memory in proportion to a number in it beyond {@link
 * #MAX_HEADER_BYTES}.
 */
@API(status = API.Status.INTERNAL)
public final class Safetensors {
  /** The real model's header takes 17 kB; a larger limit would only serve hostile files. */
  static final int MAX_HEADER_BYTES = 1 << 20;

  private final Path file;
  private final SortedMap<String, Tensor> tensors;

  private Safetensors(Path file, SortedMap<String, Tensor> tensors) {
    this.file = file;
    this.tensors = Collections.unmodifiableSortedMap(tensors);
  }

  /**
   * Maps a file; the mapping lives until the last {@link Tensor} is garbage.
   *
   * @throws InvalidModelException if the file is missing, unreadable or breaks the format; the
   *     message says where
   */
  public static Safetensors open(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long headerBytes = headerLength(file, channel);
      byte[] header = read(file, channel, Long.BYTES, (int) headerBytes);
      long dataStart = Long.BYTES + headerBytes;
      var entries = SafetensorsHeader.parse(file, header, channel.size() - dataStart);
      var tensors = new TreeMap<String, Tensor>();
      for (Map.Entry<String, SafetensorsHeader.Entry> named : entries.entrySet()) {
        SafetensorsHeader.Entry entry = named.getValue();
        ByteBuffer data = channel.map(MapMode.READ_ONLY, dataStart + entry.begin(), entry.length());
        tensors.put(
            named.getKey(),
            new Tensor(
                named.getKey(),
                entry.type(),
                entry.shape(),
                dataStart + entry.begin(),
                data.order(ByteOrder.LITTLE_ENDIAN)));
      }
      return new Safetensors(file, tensors);
    } catch (IOException e) {
      throw new InvalidModelException("Cannot read " + file + ": " + e, e);
    }
  }

  /** The file as it was opened. */
  public Path file() {
    return file;
  }

  /** All tensors by name. */
  public SortedMap<String, Tensor> tensors() {
    return tensors;
  }

  private static long headerLength(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < Long.BYTES) {
      throw new InvalidModelException(
          "%s has %d bytes: too short for a safetensors file.".formatted(file, size));
    }
    long length =
        ByteBuffer.wrap(read(file, channel, 0, Long.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN)
            .getLong();
    if (length < 2 || length > MAX_HEADER_BYTES) {
      throw new InvalidModelException(
          "%s announces a header of %s bytes; between 2 and %d are accepted. Is it a safetensors file?"
              .formatted(file, Long.toUnsignedString(length), MAX_HEADER_BYTES));
    }
    if (length > size - Long.BYTES) {
      throw new InvalidModelException(
          "%s announces a header of %d bytes, but only %d follow: the file is truncated."
              .formatted(file, length, size - Long.BYTES));
    }
    return length;
  }

  private static byte[] read(Path file, FileChannel channel, long position, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new InvalidModelException(file + " became shorter while it was read.");
      }
    }
    return bytes.array();
  }
}
