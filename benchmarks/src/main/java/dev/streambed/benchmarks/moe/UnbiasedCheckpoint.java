package dev.streambed.benchmarks.moe;

import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A copy of a checkpoint whose experts have a bias of zero. llama.cpp drops this bias: with the
 * copy it computes the same model as we do.
 */
final class UnbiasedCheckpoint {
  private UnbiasedCheckpoint() {}

  /** Copies the checkpoint into a folder, over one that is there. */
  static Path copy(Checkpoint checkpoint, Path folder) throws IOException {
    Files.createDirectories(folder);
    Path original = checkpoint.weightsFile().resolveSibling("config.json");
    Path weights = folder.resolve("model.safetensors");
    replace(original, folder.resolve("config.json"));
    replace(checkpoint.tokenizerFile(), folder.resolve("tokenizer.json"));
    replace(checkpoint.weightsFile(), weights);
    try (FileChannel channel = FileChannel.open(weights, StandardOpenOption.WRITE)) {
      for (int layer = 0; layer < checkpoint.config().layers(); layer++) {
        if (checkpoint.config().hasExperts(layer)) {
          Tensor bias = checkpoint.tensor("encoder.layers." + layer + ".mlp.experts.bias");
          channel.write(
              ByteBuffer.allocate(bias.elements() * bias.type().bytes()), bias.fileOffset());
        }
      }
    }
    return folder;
  }

  private static void replace(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }
}
