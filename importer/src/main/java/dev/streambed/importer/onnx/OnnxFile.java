package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads an ONNX file, or explains what the file is instead. */
final class OnnxFile {
  private static final String GIT_LFS = "version https://git-lfs";

  private OnnxFile() {}

  /**
   * Reads a file; its external weights are not touched.
   *
   * @throws InvalidModelException if it is no ONNX model
   */
  static ModelProto read(Path file) {
    if (Files.isDirectory(file)) {
      throw new InvalidModelException("%s is a directory, not an ONNX file.".formatted(file));
    }
    if (!Files.isRegularFile(file)) {
      throw new InvalidModelException("There is no ONNX file %s.".formatted(file));
    }
    try {
      long size = Files.size(file);
      if (size == 0) {
        throw new InvalidModelException("ONNX file %s is empty (0 bytes).".formatted(file));
      }
      if (size > Integer.MAX_VALUE) {
        throw new InvalidModelException(
            "ONNX file %s has %d bytes; the format ends at 2 GiB. Keep the weights in an external data file beside it."
                .formatted(file, size));
      }
      ModelProto model = parseBytes(file);
      if (!model.hasGraph() || model.getGraph().getNodeCount() == 0) {
        throw new InvalidModelException(
            "File %s is not an ONNX model: it holds no graph.".formatted(file));
      }
      return model;
    } catch (IOException e) {
      throw new InvalidModelException(
          "Cannot read ONNX file %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static ModelProto parseBytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return ModelProto.parseFrom(in);
    } catch (InvalidProtocolBufferException e) {
      if (isGitLfsPointer(file)) {
        throw new InvalidModelException(
            "File %s is a Git LFS pointer, not the model itself. Fetch the model with: git lfs pull"
                .formatted(file),
            e);
      }
      throw new InvalidModelException(
          "File %s is not an ONNX model, or is cut off or damaged: %s"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static boolean isGitLfsPointer(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(GIT_LFS.length()), StandardCharsets.ISO_8859_1)
          .equals(GIT_LFS);
    }
  }
}
