package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.SpecialTokensInText;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.JavaHeap;
import dev.streambed.importer.StagingDirectory;
import dev.streambed.importer.TokenizerFile;
import dev.streambed.importer.published.PublishedModel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apiguardian.api.API;

/**
 * Makes a model directory of a plain encoder in ONNX: inputs input_ids, attention_mask and perhaps
 * token_type_ids, output a vector for each token. Honours the publisher's files beside it: pooling
 * and the layers behind it are appended to the graph, so that only one vector per text leaves the
 * runtime.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class OnnxImporter {
  private static final List<String> OWN_FILES =
      List.of(ModelDirectory.GRAPH_FILE, ModelDirectory.TOKENIZER_FILE);

  private final OnnxImport source;
  private final ImportProgress progress;

  private OnnxImporter(OnnxImport source, ImportProgress progress) {
    this.source = source;
    this.progress = progress;
  }

  /**
   * Imports a model. The directory appears when it is complete and was found to work, or not at
   * all.
   *
   * @param directory the model directory to make; must not exist, or be empty
   * @throws InvalidModelException if the model cannot be served; the message says why
   */
  public static ModelDirectory importTo(
      OnnxImport source, Path directory, ImportProgress progress) {
    try (StagingDirectory staging = StagingDirectory.create(directory)) {
      JavaHeap.use(
          source.onnxFile(),
          () -> new OnnxImporter(source, progress).importTo(directory, staging.path()));
      staging.commit();
    } catch (IOException e) {
      throw new InvalidModelException(
          "Cannot import %s to %s: %s".formatted(source.onnxFile(), directory, e), e);
    }
    return ModelDirectory.open(directory);
  }

  private void importTo(Path directory, Path staging) throws IOException {
    progress.stepBegins("Looking for what its publisher wrote beside " + source.onnxFile());
    PublishedModel published = PublishedModel.around(source.onnxFile());
    ImportSettings settings = ImportSettings.of(source, published);
    settings.sources().forEach(progress::stepTells);
    progress.stepEnds("");

    progress.stepBegins("Reading " + source.onnxFile());
    EncoderModel encoder = EncoderModel.read(source.onnxFile());
    checkOperators(encoder);
    TokenVectors vectors = encoder.tokenVectors(published.tokenDimensions());
    int dimensions = settings.plan().checkedDimensions(vectors.size(), published);
    checkDimensions(dimensions);
    TokenizerFile tokenizer = TokenizerFile.read(source.tokenizerFile());
    published.checkLowerCase(tokenizer.lowerCases());
    var tokenizerCheck = new TokenizerCheck(source, tokenizer);
    tokenizerCheck.checkVocabulary(encoder.wordTableRows(), progress);
    tokenizerCheck.checkPrompts(settings.prompts());
    ModelProto graph = encoder.pooled(vectors, settings.plan());
    ExternalWeights weights = ExternalWeights.of(graph.getGraph(), source.onnxFile());
    progress.stepEnds("%d components a token".formatted(vectors.size()));

    progress.stepBegins("Writing " + directory);
    write(graph, staging.resolve(ModelDirectory.GRAPH_FILE));
    weights.copyTo(staging, progress);
    Files.copy(source.tokenizerFile(), staging.resolve(ModelDirectory.TOKENIZER_FILE));
    ModelDescription description =
        describe(settings, published, dimensions, graph, files(weights, staging));
    description.write(staging);
    progress.stepEnds("");

    progress.stepBegins("Trying the model");
    ImportCheck check =
        new ImportCheck(ModelDirectory.open(staging), source, tokenizer.highestId());
    progress.stepEnds(check.run());
    if (check.findsBatchDependence() || encoder.wholeBatchOperator().isPresent()) {
      description.withBatchDependence().write(staging);
    }
  }

  private void checkOperators(EncoderModel encoder) {
    if (source.batchDependence() == OnnxImport.BatchDependence.REFUSED) {
      encoder
          .wholeBatchOperator()
          .ifPresent(
              operator -> {
                throw new InvalidModelException(
                    "ONNX model %s is dynamically quantised (%s): the vector of a text would depend on the other texts of its batch. Import its float32 file, or this one with: --allow-batch-dependence"
                        .formatted(source.onnxFile(), operator));
              });
    }
  }

  private void checkDimensions(int dimensions) {
    if (source.minimumDimensions() > dimensions) {
      throw new InvalidModelException(
          "ONNX model %s has vectors of %d components; they cannot be truncated to %d."
              .formatted(source.onnxFile(), dimensions, source.minimumDimensions()));
    }
  }

  private static void write(ModelProto graph, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      graph.writeTo(out);
    }
  }

  private static Map<String, String> files(ExternalWeights weights, Path staging) {
    Map<String, String> files = new TreeMap<>();
    weights
        .locations()
        .forEach(name -> files.put(name, ModelDirectory.sha256(staging.resolve(name))));
    for (String name : OWN_FILES) {
      files.put(name, ModelDirectory.sha256(staging.resolve(name)));
    }
    return files;
  }

  private ModelDescription describe(
      ImportSettings settings,
      PublishedModel published,
      int dimensions,
      ModelProto graph,
      Map<String, String> files) {
    Map<String, String> weights = new TreeMap<>(files);
    weights.keySet().removeAll(OWN_FILES);
    return new ModelDescription(
        ModelDescription.FORMAT_VERSION,
        settings.name(),
        settings.revision(),
        SourceDigest.of(source.onnxFile(), weights, settings.plan().layers()),
        List.of(PooledGraph.INPUT_IDS, PooledGraph.ATTENTION_MASK),
        PooledGraph.OUTPUT,
        dimensions,
        ImportSettings.dimensions(source, published, dimensions),
        settings.plan().pooling(),
        settings.prompts(),
        settings.maxTokens(),
        WeightPrecision.of(graph),
        files,
        /* externalData= */ null,
        /* layout= */ null,
        source.specialTokensInText() == SpecialTokensInText.TEXT
            ? null
            : source.specialTokensInText(),
        /* batchDependent= */ false);
  }
}
