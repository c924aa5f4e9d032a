package dev.streambed.importer.onnx;

import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.importer.published.SentenceLayer;
import dev.streambed.importer.published.SentenceLayer.Dense;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The digest of all weights that a model is made of. It is the sha-256 of the ONNX file, as the hub
 * shows it, if the weights lie in there. If there are external weights, or layers behind pooling,
 * it is the sha-256 of a list: a line for each file, as sha256sum writes it, then one for each
 * layer.
 */
final class SourceDigest {
  private SourceDigest() {}

  /**
   * The digest, in lower-case hex.
   *
   * @param weights the digests of the external weights by the place that the ONNX file names
   */
  static String of(Path onnxFile, Map<String, String> weights, List<SentenceLayer> layers) {
    String graph = ModelDirectory.sha256(onnxFile);
    if (weights.isEmpty() && layers.isEmpty()) {
      return graph;
    }
    // The name of the ONNX file itself says nothing about vectors.
    var list = new StringBuilder(line(graph, ModelDirectory.GRAPH_FILE));
    weights.forEach((name, digest) -> list.append(line(digest, name)));
    for (SentenceLayer layer : layers) {
      list.append(line(layer instanceof Dense dense ? weights(dense) : "", layer.describe()));
    }
    return hex(sha256().digest(list.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static String line(String digest, String name) {
    return digest + "  " + name + "\n";
  }

  /** The digest of weights, then bias, as little-endian float32. */
  private static String weights(Dense layer) {
    MessageDigest digest = sha256();
    digest.update(bytes(layer.weights()));
    float[] bias = layer.bias();
    if (bias != null) {
      digest.update(bytes(bias));
    }
    return hex(digest.digest());
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  private static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256.", e);
    }
  }
}
