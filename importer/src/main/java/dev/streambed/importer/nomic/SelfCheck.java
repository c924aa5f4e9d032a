package dev.streambed.importer.nomic;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.OnnxSession.FloatTensor;
import dev.streambed.embedder.onnx.TextTokenizer;
import dev.streambed.embedder.onnx.TokenBatch;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.graph.ExpertForm;
import dev.streambed.importer.nomic.graph.GraphOptions;
import dev.streambed.importer.nomic.graph.NomicGraph;
import dev.streambed.importer.nomic.reference.ReferenceModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Compares a freshly made model directory with {@link ReferenceModel}, which computes the whole
 * network once more, in double precision and with all experts.
 */
final class SelfCheck {
  /**
   * Short, since the reference takes seconds for each: three scripts, with and without the prompts.
   */
  private static final List<String> TEXTS =
      List.of(
          "search_document: Hello! The quick brown fox.", "search_query: 跟我讲讲嵌入", "Привет, мир!");

  private final Checkpoint checkpoint;
  private final ModelDirectory model;
  private final GraphOptions options;
  private final ImportProgress progress;

  private SelfCheck(
      Checkpoint checkpoint, ModelDirectory model, GraphOptions options, ImportProgress progress) {
    this.checkpoint = checkpoint;
    this.model = model;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Runs the check and reports its figures.
   *
   * @throws InvalidModelException if the graph and the reference disagree
   */
  static void run(
      Checkpoint checkpoint, ModelDirectory model, GraphOptions options, ImportProgress progress) {
    new SelfCheck(checkpoint, model, options, progress).run();
  }

  private void run() {
    progress.stepBegins("Tokenising the texts of the self-check");
    List<TokenIds> texts = tokenise();
    int tokens = texts.stream().mapToInt(TokenIds::length).sum();
    progress.stepEnds("%d texts, %d tokens".formatted(texts.size(), tokens));

    progress.stepBegins("Computing them in double precision, all experts");
    int layers = checkpoint.config().layers();
    ReferenceModel.Result expected =
        new ReferenceModel(checkpoint)
            .run(
                texts.stream().map(TokenIds::ids).toList(),
                layer -> progress.stepAdvances(layer, layers));
    progress.stepEnds("smallest routing margin %.1e".formatted(smallestMargin(expected)));

    if (options.precision() != Precision.FP32 && checkpoint.isStoredAsFloat()) {
      // Rounding hides small mistakes: the same network is compared in 32 bits first.
      progress.stepBegins("Comparing the graph in 32 bits with that");
      try (OnnxSession session = openInFloat()) {
        compare(session, texts, expected, SelfCheckLimits.FLOAT);
      }
    }
    progress.stepBegins("Comparing the graph with that");
    try (OnnxSession session = OnnxSession.open(model, /* intraOpThreads= */ 1)) {
      compare(session, texts, expected, SelfCheckLimits.of(options));
    }
  }

  private OnnxSession openInFloat() {
    var float32 = new GraphOptions(Precision.FP32, ExpertForm.ROUTED, options.maxTokens());
    byte[] graph = NomicGraph.referencing(checkpoint, float32).toByteArray();
    return OnnxSession.open(graph, checkpoint.weightsFile().getParent(), /* intraOpThreads= */ 1);
  }

  private void compare(
      OnnxSession session,
      List<TokenIds> texts,
      ReferenceModel.Result expected,
      SelfCheckLimits limits) {
    FloatTensor pooled = session.run(TokenBatch.pad(texts), NomicGraph.OUTPUT);
    List<double[]> found = new ArrayList<>();
    for (int text = 0; text < texts.size(); text++) {
      found.add(row(pooled, text));
    }
    var deviation = Deviation.of(List.of(expected.pooled()), found);
    if (!limits.admit(deviation)) {
      throw new InvalidModelException(
          "The graph disagrees with the reference: %s; %s. %s Nothing was written."
              .formatted(deviation, limits, firstDeviation(texts, expected, limits)));
    }
    progress.stepEnds("%s; %s".formatted(deviation, limits));
  }

  private List<TokenIds> tokenise() {
    try (TextTokenizer tokenizer =
        TextTokenizer.open(model.tokenizerFile(), model.description().maxTokens())) {
      List<TokenIds> texts = TEXTS.stream().map(tokenizer::tokenise).toList();
      for (TokenIds text : texts) {
        requireSpecialTokens(text.ids());
      }
      return texts;
    }
  }

  /**
   * The model was trained on {@code <s> text </s>}, ids 0 and 2: another tokeniser would give
   * vectors too, but wrong ones.
   */
  private void requireSpecialTokens(long[] ids) {
    if (ids.length < 3 || ids[0] != 0 || ids[ids.length - 1] != 2) {
      throw new InvalidModelException(
          "Tokeniser %s does not put a text between <s> (0) and </s> (2), as this model needs it."
              .formatted(checkpoint.tokenizerFile()));
    }
  }

  private static double smallestMargin(ReferenceModel.Result result) {
    return result.routing().stream()
        .mapToDouble(ReferenceModel.Routing::smallestMargin)
        .min()
        .orElse(1);
  }

  private static double[] row(FloatTensor tensor, int row) {
    int width = (int) tensor.shape()[1];
    double[] values = new double[width];
    for (int i = 0; i < width; i++) {
      values[i] = tensor.values()[row * width + i];
    }
    return values;
  }

  /** Names the layer in which the hidden states part, for the person who must find the mistake. */
  private String firstDeviation(
      List<TokenIds> texts, ReferenceModel.Result expected, SelfCheckLimits limits) {
    List<String> states = new ArrayList<>();
    for (int layers = 0; layers <= checkpoint.config().layers(); layers++) {
      states.add(NomicGraph.hiddenState(layers));
    }
    List<FloatTensor> shown =
        NomicModel.of(model).orElseThrow().show(TokenBatch.pad(texts), states);
    for (int layers = 0; layers < states.size(); layers++) {
      double largest = largestDifference(expected.hidden().get(layers), shown.get(layers));
      if (!(largest <= limits.hiddenState())) {
        return String.format(
            Locale.ROOT,
            "The first hidden states to differ are those after %d of %d layers, by %.1e.",
            layers,
            checkpoint.config().layers(),
            largest);
      }
    }
    return "The hidden states of all layers agree.";
  }

  /** Expected [feature][token], found [token][feature]. */
  private static double largestDifference(double[][] expected, FloatTensor found) {
    double largest = 0;
    for (int feature = 0; feature < expected.length; feature++) {
      for (int token = 0; token < expected[feature].length; token++) {
        double difference =
            expected[feature][token] - found.values()[token * expected.length + feature];
        largest = Math.max(largest, Math.abs(difference)); // NaN stays NaN
      }
    }
    return largest;
  }
}
