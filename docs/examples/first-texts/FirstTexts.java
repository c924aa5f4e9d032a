import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.util.List;

public class FirstTexts {
  public static void main(String[] args) throws Exception {
    try (var embedder = OnnxTextEmbedder.open(DefaultModel.open(), EmbedderOptions.DEFAULT);
        var batcher =
            new MicroBatcher(embedder, BatchPolicy.DEFAULT, new BatcherOptions(1, 100, 0))) {
      for (Embedding each : batcher.embedAll(List.of("Good morning!", "Good night!"), null)) {
        System.out.println(each.tokens() + " tokens, " + each.vector().length + " dimensions");
      }
    }
  }
}
