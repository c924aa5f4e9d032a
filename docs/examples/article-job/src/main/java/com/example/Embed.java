package com.example;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

public class Embed {
  public static void main(String[] args) throws Exception {
    int cores = Runtime.getRuntime().availableProcessors();
    ModelDirectory model = ModelDirectory.open(Path.of(args[0]));
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);
        var batcher =
            new MicroBatcher(embedder, BatchPolicy.DEFAULT, new BatcherOptions(cores, 1000, 0))) {
      CompletableFuture<Embedding> one = batcher.submit("Hello!", null);
      List<Embedding> several = batcher.embedAll(List.of("Good morning!", "Good night!"), null);
      System.out.println(one.get().vector().length + " " + several.size());
    }
  }
}
