package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.embedder.model.Pooling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The tiny encoder, which a test changes and writes.
 *
 * @param model good at first
 */
record EncoderFile(Path folder, ModelProto.Builder model) {
  EncoderFile(Path folder) {
    this(folder, TinyEncoder.build(TinyEncoder.vocabulary().size()).toBuilder());
  }

  GraphProto.Builder graph() {
    return model.getGraphBuilder();
  }

  Path write() throws IOException {
    return write(model.build().toByteArray());
  }

  Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("encoder.onnx"), bytes);
  }

  /** The graph that the import makes of a file. */
  static ModelProto pooled(Path file, Pooling pooling) {
    EncoderModel encoder = EncoderModel.read(file);
    return encoder.pooled(
        encoder.tokenVectors(Optional.empty()), new PoolingPlan(pooling, List.of()));
  }
}
