import dev.streambed.benchmarks.contestant.Contestant;
import dev.streambed.benchmarks.contestant.ContestantServer;
import dev.streambed.benchmarks.contestant.ModelFiles;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.springframework.ai.transformers.TransformersEmbeddingModel;

/**
 * Spring AI's TransformersEmbeddingModel with its defaults, but for the tokenizer.json: the published one truncates at
 * 128 tokens. The variant is the number of texts of a call.
 */
final class SpringAiPeer implements Contestant {
  private final TransformersEmbeddingModel model = new TransformersEmbeddingModel();

  private SpringAiPeer(ModelFiles files) throws Exception {
    model.setDisableCaching(true);
    model.setModelResource(files.onnx().toUri().toString());
    model.setTokenizerResource(files.tokenizer().toUri().toString());
    model.setTokenizerOptions(Map.of("padding", "true"));
    model.afterPropertiesSet();
  }

  public static void main(String[] arguments) throws Exception {
    ContestantServer.serve(arguments, SpringAiPeer::new);
  }

  @Override
  public Map<String, String> facts() {
    return Map.of("onnxruntime", ai.onnxruntime.OrtEnvironment.getEnvironment().getVersion());
  }

  @Override
  public float[][] embed(String[] texts, String variant) {
    int batch = Integer.parseInt(variant);
    float[][] vectors = new float[texts.length][];
    for (int start = 0; start < texts.length; start += batch) {
      int end = Math.min(texts.length, start + batch);
      List<float[]> found = model.embed(Arrays.asList(texts).subList(start, end));
      for (int i = start; i < end; i++) {
        vectors[i] = found.get(i - start);
      }
    }
    return vectors;
  }
}
