import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.OnnxEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import dev.streambed.benchmarks.contestant.Contestant;
import dev.streambed.benchmarks.contestant.ContestantServer;
import dev.streambed.benchmarks.contestant.ModelFiles;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * langchain4j's in-process embedding model with its defaults, but for the tokenizer.json: the one in its artefact
 * truncates at 128 tokens. Variants: one-by-one, all.
 */
final class LangChain4jPeer implements Contestant {
  private final OnnxEmbeddingModel model;

  private LangChain4jPeer(ModelFiles files) {
    this.model = new OnnxEmbeddingModel(files.onnx(), files.tokenizer(), PoolingMode.MEAN);
  }

  public static void main(String[] arguments) throws Exception {
    ContestantServer.serve(arguments, LangChain4jPeer::new);
  }

  @Override
  public Map<String, String> facts() {
    return Map.of("onnxruntime", ai.onnxruntime.OrtEnvironment.getEnvironment().getVersion());
  }

  @Override
  public float[][] embed(String[] texts, String variant) {
    float[][] vectors = new float[texts.length][];
    if (variant.equals("one-by-one")) {
      for (int i = 0; i < texts.length; i++) {
        vectors[i] = model.embed(texts[i]).content().vector();
      }
      return vectors;
    }
    List<TextSegment> segments = Arrays.stream(texts).map(TextSegment::from).toList();
    var embeddings = model.embedAll(segments).content();
    for (int i = 0; i < texts.length; i++) {
      vectors[i] = embeddings.get(i).vector();
    }
    return vectors;
  }
}
