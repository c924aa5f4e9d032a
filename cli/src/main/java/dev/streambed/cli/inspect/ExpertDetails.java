package dev.streambed.cli.inspect;

import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.importer.nomic.LayerRouting;
import dev.streambed.importer.nomic.NomicAcceptance.Finding;
import dev.streambed.importer.nomic.NomicModel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Prints the details of a mixture of experts for {@code streambed inspect}. */
final class ExpertDetails {
  private static final int SAMPLE_TOKENS = 1000;

  private ExpertDetails() {}

  /** Size, and how the experts share the tokens of a sample. */
  static void print(NomicModel model, OnnxTextEmbedder embedder, List<String> texts) {
    InspectCommand.print(
        "parameters",
        "%,d, of which %,d for one token".formatted(model.parameters(), model.activeParameters()));
    InspectCommand.print(
        "experts", "%d in each of layers %s".formatted(model.experts(), layers(model)));
    for (LayerRouting layer : model.routing(sample(embedder, texts))) {
      InspectCommand.print(
          "routing",
          "layer %2d: the two experts weigh %.3f on average; tokens of each expert: %s"
              .formatted(layer.layer(), layer.meanWeight(), layer.tokensPerExpert()));
    }
  }

  /** Prints each comparison with the published figures; false if any failed. */
  static boolean verify(List<Finding> findings) {
    for (Finding finding : findings) {
      InspectCommand.print(
          finding.passed() ? "verified" : "MISSED",
          "%s: %s (published: %s)".formatted(finding.what(), finding.found(), finding.expected()));
    }
    return findings.stream().allMatch(Finding::passed);
  }

  private static String layers(NomicModel model) {
    return model.routedLayers().stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static List<TokenIds> sample(OnnxTextEmbedder embedder, List<String> texts) {
    List<TokenIds> sample = new ArrayList<>();
    int tokens = 0;
    for (String text : texts) {
      if (tokens >= SAMPLE_TOKENS) {
        break;
      }
      TokenIds ids = embedder.tokenise(text, null);
      sample.add(ids);
      tokens += ids.length();
    }
    return sample;
  }
}
