package dev.streambed.importer.published;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.Pooling;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** The modules of a sentence-transformers model, as far as Streambed can build them. */
@API(status = API.Status.INTERNAL)
public final class PublishedModules {
  private static final String TRANSFORMER = "Transformer";
  private static final String POOLING = "Pooling";

  /** Modules that change nothing once a model is trained. */
  private static final Set<String> WITHOUT_EFFECT = Set.of("Dropout");

  private final ModelFolder folder;
  private final ModuleList list;
  private final ModuleList.@Nullable Module pooling;

  private PublishedModules(ModelFolder folder, ModuleList list) {
    this.folder = folder;
    this.list = list;
    this.pooling =
        list.modules().stream().filter(it -> it.type().equals(POOLING)).findFirst().orElse(null);
  }

  static PublishedModules read(ModelFolder folder) {
    return new PublishedModules(folder, ModuleList.read(folder));
  }

  /** Folder of the transformer's own files; empty for the model's. */
  String transformerPath() {
    return list.modules().stream()
        .filter(module -> module.type().equals(TRANSFORMER))
        .map(ModuleList.Module::path)
        .findFirst()
        .orElse("");
  }

  /** Length of a token's vector, if the Pooling module says it. */
  public Optional<Finding<Integer>> tokenDimensions() {
    return publishedPooling()
        .filter(found -> found.value().dimensions() > 0)
        .map(found -> new Finding<>(found.value().dimensions(), found.file()));
  }

  /**
   * The pooling; empty if no file says it.
   *
   * @throws InvalidModelException if it cannot be honoured
   */
  Optional<Finding<Pooling>> pooling() {
    if (pooling == null && list.file().equals(ModuleList.FILE)) {
      throw new InvalidModelException(
          "%s lists no Pooling module (it lists %s). Choose one with: --pooling mean, cls or max"
              .formatted(list.file(), types()));
    }
    return publishedPooling().map(PublishedModules::supported);
  }

  /** In the words of the file; empty if no file says it. */
  public Optional<String> publishersPooling() {
    return publishedPooling()
        .map(
            found -> "%s: %s".formatted(found.file(), String.join(" and ", found.value().modes())));
  }

  private Optional<Finding<PublishedPooling>> publishedPooling() {
    if (pooling == null) {
      return Optional.empty();
    }
    String file = pooling.file("config.json");
    JsonNode config = folder.read(file);
    if (config.isMissingNode()) {
      throw new InvalidModelException(
          "%s names a Pooling module, but there is no %s beside the model. Copy it there."
              .formatted(list.file(), file));
    }
    return Optional.of(new Finding<>(PublishedPooling.of(config), file));
  }

  private static Finding<Pooling> supported(Finding<PublishedPooling> found) {
    if (!found.value().includesPrompt()) {
      throw new InvalidModelException(
          "%s leaves the tokens of the prompt out of pooling, which Streambed cannot. To count them all the same, choose with: --pooling mean, cls or max"
              .formatted(found.file()));
    }
    Pooling pooling =
        found
            .value()
            .supported()
            .orElseThrow(
                () ->
                    new InvalidModelException(
                        "%s pools by %s; Streambed can by mean, cls or max, one of them. To use another than the publisher's all the same: --pooling mean, cls or max"
                            .formatted(found.file(), String.join(" and ", found.value().modes()))));
    return new Finding<>(pooling, found.file());
  }

  /**
   * The layers behind pooling.
   *
   * @throws InvalidModelException if one of them cannot be honoured
   */
  List<SentenceLayer> layers() {
    List<SentenceLayer> layers = new ArrayList<>();
    boolean pooled = pooling == null;
    for (ModuleList.Module module : list.modules()) {
      if (module.equals(pooling)) {
        pooled = true;
      } else if (!module.type().equals(TRANSFORMER) && !WITHOUT_EFFECT.contains(module.type())) {
        layers.add(layer(module, layers, pooled));
      }
    }
    return List.copyOf(layers);
  }

  private SentenceLayer layer(
      ModuleList.Module module, List<SentenceLayer> before, boolean pooled) {
    boolean known = module.type().equals("Dense") || module.type().equals("Normalize");
    if (!known || !pooled) {
      throw new InvalidModelException(
          "%s has a module %s%s, which cannot be imported (Dense and Normalize can, behind Pooling). To leave out all behind the graph but pooling: --no-layers"
              .formatted(list.file(), module.type(), pooled ? "" : " before Pooling"));
    }
    if (module.type().equals("Dense")) {
      return DenseModule.read(folder, module);
    }
    int dimensions = before.isEmpty() ? 0 : before.get(before.size() - 1).dimensionsOut();
    return new SentenceLayer.Normalise(
        list.file().equals(ModuleList.FILE) ? list.file() : module.path(), dimensions);
  }

  private String types() {
    return String.join(", ", list.modules().stream().map(ModuleList.Module::type).toList());
  }
}
