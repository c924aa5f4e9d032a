package dev.streambed.importer.nomic.checkpoint;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a model.safetensors of any size whose weights are a pure function of tensor names and
 * sizes, so that every test machine has the same bits. The values are noise of about the scale of a
 * trained model: good for parity and speed, meaningless for search.
 *
 * <p>Value j of a tensor is {@code (float) (mean + deviation * n(j))}, where n(j), nearly normal,
 * is the sum of twelve uniform numbers less 6, and uniform number k is the top 53 bits of {@code
 * mix(seed + (k + 1) * GAMMA)}: the SplitMix64 generator, seeded with the FNV-1a hash of the
 * tensor's name.
 */
public final class SeededCheckpoint {
  private static final long SEED = 0x6E6F6D6963763200L; // "nomicv2"
  private static final long GAMMA = 0x9E3779B97F4A7C15L;
  private static final long FNV_OFFSET = 0xCBF29CE484222325L;
  private static final long FNV_PRIME = 0x100000001B3L;
  private static final int UNIFORMS = 12; // their sum has variance 1
  private static final int CHUNK = 1 << 16;

  private final CheckpointConfig config;

  private SeededCheckpoint(CheckpointConfig config) {
    this.config = config;
  }

  /**
   * Writes config.json and model.safetensors into a directory, over files of these names. A
   * tokenizer.json is the caller's to add.
   */
  public static void write(CheckpointConfig config, Path directory) throws IOException {
    Files.createDirectories(directory);
    ConfigFile.write(config, directory.resolve("config.json"));
    writeWeights(config, directory.resolve("model.safetensors"));
  }

  private static void writeWeights(CheckpointConfig config, Path file) throws IOException {
    var recipe = new SeededCheckpoint(config);
    Map<String, List<Long>> shapes = new TreeMap<>(config.expectedTensors());
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), CHUNK)) {
      out.write(header(shapes));
      for (Map.Entry<String, List<Long>> tensor : shapes.entrySet()) {
        recipe.writeTensor(tensor.getKey(), elements(tensor.getValue()), out);
      }
    }
  }

  private static long elements(List<Long> shape) {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  private static byte[] header(Map<String, List<Long>> shapes) {
    var json = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
    long begin = 0;
    for (Map.Entry<String, List<Long>> tensor : shapes.entrySet()) {
      long end = begin + elements(tensor.getValue()) * Float.BYTES;
      String shape = tensor.getValue().toString().replace(" ", "");
      json.append(",\"%s\":{\"dtype\":\"F32\",\"shape\":%s,".formatted(tensor.getKey(), shape));
      json.append("\"data_offsets\":[%d,%d]}".formatted(begin, end));
      begin = end;
    }
    json.append('}');
    while (json.length() % Long.BYTES != 0) {
      json.append(' ');
    }
    byte[] text = json.toString().getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(Long.BYTES + text.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  private void writeTensor(String name, long elements, OutputStream out) throws IOException {
    Spread spread = spread(name);
    long seed = SEED ^ fnv(name);
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long j = 0; j < elements; j++) {
      chunk.putFloat((float) (spread.mean + spread.deviation * nearlyNormal(seed, j)));
      if (!chunk.hasRemaining() || j == elements - 1) {
        out.write(chunk.array(), 0, chunk.position());
        chunk.clear();
      }
    }
  }

  private static double nearlyNormal(long seed, long j) {
    long state = seed + j * UNIFORMS * GAMMA;
    double sum = 0;
    for (int i = 0; i < UNIFORMS; i++) {
      state += GAMMA;
      sum += (mix(state) >>> 11) * 0x1p-53;
    }
    return sum - UNIFORMS / 2;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static long fnv(String name) {
    long hash = FNV_OFFSET;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
    }
    return hash;
  }

  private record Spread(double mean, double deviation) {}

  private Spread spread(String name) {
    double rootHidden = Math.sqrt(config.hiddenSize());
    boolean isNorm = name.contains("norm") || name.startsWith("emb_ln");
    if (name.startsWith("embeddings.")) {
      return new Spread(0, name.contains("word") ? 0.5 : 0.2);
    } else if (isNorm) {
      return new Spread(name.endsWith(".weight") ? 1 : 0, 0.1);
    } else if (name.endsWith("experts.bias")) {
      return new Spread(0, 0.25);
    } else if (name.endsWith(".bias")) {
      return new Spread(0, 0.1);
    } else if (name.endsWith("attn.Wqkv.weight") || name.endsWith("router.layer.weight")) {
      return new Spread(0, 1.5 / rootHidden);
    } else if (name.endsWith("fc1.weight") || name.endsWith("mlp.w1")) {
      return new Spread(0, 1.2 / rootHidden);
    } else if (name.endsWith("fc2.weight") || name.endsWith("mlp.w2")) {
      return new Spread(0, 1.5 / Math.sqrt(config.innerSize()));
    } else {
      return new Spread(0, 1 / rootHidden); // attn.out_proj.weight
    }
  }
}
