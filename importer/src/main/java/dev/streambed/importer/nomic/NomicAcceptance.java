package dev.streambed.importer.nomic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apiguardian.api.API;

/**
 * Compares an imported model with the published figures of nomic-embed-text-v2-moe: its size,
 * cosines from its card and from its GGUF card, vectors of another implementation, and the weights
 * of its routing.
 */
@API(status = API.Status.INTERNAL)
public final class NomicAcceptance {
  private static final String VECTORS = "published-vectors.json";
  private static final long PARAMETERS = 475_292_928;

  // The means that an independent port measured on the real weights, for the six routed layers.
  private static final double[] ROUTING_WEIGHTS = {0.700, 0.772, 0.800, 0.810, 0.834, 0.302};
  private static final double ROUTING_TOLERANCE = 0.08; // they depend on the texts

  private static final List<String> SAMPLE =
      List.of(
          "All human beings are born free and equal in dignity and rights.",
          "The quick brown fox jumps over the lazy dog near the river bank.",
          "Apache Kafka keeps records in topics; each topic has partitions.",
          "Les moteurs de recherche comparent des vecteurs plutôt que des mots.",
          "Ein Mensch, der liest, lebt tausend Leben, bevor er stirbt.",
          "Las temperaturas subirán mañana en todo el norte del país.");

  private final NomicModel model;
  private final TextEmbedder embedder;
  private final Precision precision;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * One comparison.
   *
   * @param what is compared
   * @param found what this model gives
   * @param expected what is published
   */
  public record Finding(String what, String found, String expected, boolean passed) {}

  private NomicAcceptance(NomicModel model, TextEmbedder embedder, Precision precision) {
    this.model = model;
    this.embedder = embedder;
    this.precision = precision;
  }

  /**
   * Makes all comparisons; takes some seconds.
   *
   * @param embedder of the same model, at full dimensions
   * @throws InvalidModelException if the directory holds a model of another kind
   */
  public static List<Finding> run(ModelDirectory directory, OnnxTextEmbedder embedder) {
    NomicModel model =
        NomicModel.of(directory)
            .orElseThrow(
                () ->
                    new InvalidModelException(
                        "Model directory %s was not made of a nomic-embed-text-v2-moe checkpoint: nothing is published to compare it with."
                            .formatted(directory.path())));
    var acceptance = new NomicAcceptance(model, embedder, directory.description().precision());
    return acceptance.run();
  }

  private List<Finding> run() {
    findings.add(
        new Finding(
            "parameters",
            grouped(model.parameters()),
            grouped(PARAMETERS),
            model.parameters() == PARAMETERS));
    boolean exact = precision == Precision.FP32;
    cosine(
        "passage 'Hello!' and passage '¡Hola!' (model card)",
        "passage",
        "Hello!",
        "¡Hola!",
        0.9118,
        exact ? 1e-4 : 0.01);
    cosine("query 跟我讲讲嵌入 and passage 嵌入很酷 (GGUF card)", "query", "跟我讲讲嵌入", "嵌入很酷", 0.48, 0.01);
    cosine("query 跟我讲讲嵌入 and passage 骆驼很酷 (GGUF card)", "query", "跟我讲讲嵌入", "骆驼很酷", 0.19, 0.01);
    compareVectors(exact ? 1e-5 : 0.01);
    compareRouting();
    return findings;
  }

  private void cosine(
      String what, String prompt, String one, String other, double expected, double tolerance) {
    double found = dot(vector(one, prompt), vector(other, "passage"));
    findings.add(
        new Finding(
            "cosine of " + what,
            String.format(Locale.ROOT, "%.4f", found),
            String.format(Locale.ROOT, "%s +- %s", expected, tolerance),
            Math.abs(found - expected) <= tolerance));
  }

  private void compareVectors(double tolerance) {
    JsonNode published = published();
    for (int i = 0; i < published.get("texts").size(); i++) {
      String text = published.get("texts").get(i).textValue();
      float[] found = vector(text, "none");
      float[] expected = unit(published.get("vectors").get(i));
      boolean comparable = found.length == expected.length;
      double distance = comparable ? 1 - dot(found, expected) : 2;
      findings.add(
          new Finding(
              "1 - cosine to the vector of text-embeddings-inference for '" + text + "'",
              comparable
                  ? String.format(Locale.ROOT, "%.1e", distance)
                  : found.length + " dimensions",
              String.format(Locale.ROOT, "at most %.0e", tolerance),
              distance <= tolerance));
    }
  }

  private void compareRouting() {
    List<LayerRouting> routing =
        model.routing(SAMPLE.stream().map(text -> embedder.tokenise(text, "passage")).toList());
    for (int i = 0; i < routing.size(); i++) {
      double found = routing.get(i).meanWeight();
      double expected = i < ROUTING_WEIGHTS.length ? ROUTING_WEIGHTS[i] : Double.NaN;
      findings.add(
          new Finding(
              "mean weight of the two chosen experts in layer " + routing.get(i).layer(),
              String.format(Locale.ROOT, "%.3f", found),
              String.format(Locale.ROOT, "%.3f +- %s", expected, ROUTING_TOLERANCE),
              Math.abs(found - expected) <= ROUTING_TOLERANCE));
    }
  }

  private float[] vector(String text, String prompt) {
    List<Embedding> embeddings = embedder.embed(List.of(embedder.tokenise(text, prompt)));
    return embeddings.get(0).vector();
  }

  private static double dot(float[] one, float[] other) {
    double dot = 0;
    for (int i = 0; i < one.length; i++) {
      dot += (double) one[i] * other[i];
    }
    return dot;
  }

  private static float[] unit(JsonNode values) {
    double squares = 0;
    for (JsonNode value : values) {
      squares += Math.pow(value.doubleValue(), 2);
    }
    float[] unit = new float[values.size()];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (values.get(i).doubleValue() / Math.sqrt(squares));
    }
    return unit;
  }

  private static JsonNode published() {
    try (InputStream in = NomicAcceptance.class.getResourceAsStream(VECTORS)) {
      return new ObjectMapper().readTree(Objects.requireNonNull(in, VECTORS));
    } catch (IOException e) {
      throw new InvalidModelException("Cannot read the published vectors: " + e, e);
    }
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
