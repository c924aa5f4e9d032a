package dev.streambed.importer.onnx;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.DimensionRange;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.importer.ModelOrigin;
import dev.streambed.importer.onnx.OnnxImport.Layers;
import dev.streambed.importer.published.Finding;
import dev.streambed.importer.published.PublishedModel;
import dev.streambed.importer.published.SentenceLayer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The settings of an import: the caller's, else the publisher's, else the defaults.
 *
 * @param sources where each setting comes from, a line each, for people
 */
record ImportSettings(
    String name,
    String revision,
    PoolingPlan plan,
    int maxTokens,
    Map<String, String> prompts,
    List<String> sources) {

  /**
   * Chooses the settings.
   *
   * @throws InvalidModelException if the publisher's cannot be honoured and the caller names no
   *     others
   */
  static ImportSettings of(OnnxImport source, PublishedModel published) {
    List<String> sources = new ArrayList<>();
    ModelOrigin origin = ModelOrigin.ofOnnxFile(source.onnxFile());
    Pooling pooling = pooling(source, published, sources);
    List<SentenceLayer> layers = layers(source, published, sources);
    int maxTokens = maxTokens(source, published, sources);
    Map<String, String> prompts = prompts(source, published, sources);
    sources.addAll(published.remarks());
    return new ImportSettings(
        source.name() == null ? origin.name() : source.name(),
        source.revision() == null ? origin.revision() : source.revision(),
        new PoolingPlan(pooling, layers),
        maxTokens,
        prompts,
        List.copyOf(sources));
  }

  /** The lengths that vectors may be truncated to. */
  static DimensionRange dimensions(OnnxImport source, PublishedModel published, int full) {
    if (source.minimumDimensions() > 0) {
      return new DimensionRange(source.minimumDimensions(), full);
    }
    int longest =
        published.truncatedDimensions().map(found -> checkedDimensions(found, full)).orElse(full);
    return new DimensionRange(longest, longest);
  }

  private static int checkedDimensions(Finding<Integer> found, int full) {
    if (found.value() < 1 || found.value() > full) {
      throw new InvalidModelException(
          "%s cuts vectors to %d components (truncate_dim); the model has %d. Correct it there, or say what is allowed with: --dimensions MIN"
              .formatted(found.file(), found.value(), full));
    }
    return found.value();
  }

  private static Pooling pooling(
      OnnxImport source, PublishedModel published, List<String> sources) {
    Pooling told = source.pooling();
    if (told != null) {
      sources.add(
          "%s pooling, as told%s"
              .formatted(
                  lowerCase(told),
                  published.modules().publishersPooling().map(" (%s)"::formatted).orElse("")));
      return told;
    }
    return published
        .pooling()
        .map(found -> taken(found, it -> lowerCase(it) + " pooling", sources))
        .orElseGet(() -> byDefault(Pooling.MEAN, "mean pooling", sources));
  }

  private static List<SentenceLayer> layers(
      OnnxImport source, PublishedModel published, List<String> sources) {
    if (source.layers() == Layers.LEFT_OUT) {
      sources.add("no layers behind pooling, as told");
      return List.of();
    }
    List<SentenceLayer> layers = new ArrayList<>(published.layers());
    layers.forEach(layer -> sources.add("%s, from %s".formatted(layer.describe(), layer.file())));
    while (!layers.isEmpty() && layers.get(layers.size() - 1) instanceof SentenceLayer.Normalise) {
      layers.remove(layers.size() - 1); // every vector is scaled to norm 1 in the end
    }
    return layers;
  }

  private static int maxTokens(OnnxImport source, PublishedModel published, List<String> sources) {
    if (source.maxTokens() > 0) {
      sources.add(
          "at most %d tokens, as told%s"
              .formatted(
                  source.maxTokens(),
                  published
                      .maxTokens()
                      .map(it -> " (%s: %d)".formatted(it.file(), it.value()))
                      .orElse("")));
      return source.maxTokens();
    }
    return published
        .maxTokens()
        .map(ImportSettings::checkedMaxTokens)
        .map(found -> taken(found, "at most %d tokens"::formatted, sources))
        .orElseGet(
            () ->
                byDefault(
                    OnnxImport.DEFAULT_MAX_TOKENS,
                    "at most %d tokens".formatted(OnnxImport.DEFAULT_MAX_TOKENS),
                    sources));
  }

  private static Finding<Integer> checkedMaxTokens(Finding<Integer> found) {
    if (found.value() < OnnxImport.FEWEST_TOKENS) {
      throw new InvalidModelException(
          "%s allows texts of %d tokens; at least %d are needed, two special tokens and a word. Correct it there, or choose another limit with: --max-tokens N"
              .formatted(found.file(), found.value(), OnnxImport.FEWEST_TOKENS));
    }
    return found;
  }

  private static Map<String, String> prompts(
      OnnxImport source, PublishedModel published, List<String> sources) {
    Map<String, String> prompts = new TreeMap<>();
    published
        .prompts()
        .ifPresent(
            found -> {
              prompts.putAll(found.value());
              taken(found, it -> "prompts " + String.join(", ", prompts.keySet()), sources);
            });
    if (!source.prompts().isEmpty()) {
      sources.add(
          "prompts %s, as told"
              .formatted(String.join(", ", new TreeMap<>(source.prompts()).keySet())));
    }
    prompts.putAll(source.prompts());
    return prompts;
  }

  private static <T> T taken(Finding<T> found, Function<T, String> words, List<String> sources) {
    sources.add("%s, from %s".formatted(words.apply(found.value()), found.file()));
    return found.value();
  }

  private static <T> T byDefault(T value, String words, List<String> sources) {
    sources.add(words + ", by default: no file beside the model says it");
    return value;
  }

  private static String lowerCase(Pooling pooling) {
    return pooling.name().toLowerCase(Locale.ROOT);
  }
}
