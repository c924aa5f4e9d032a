package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.DimensionRange;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.StagingDirectory;
import dev.streambed.importer.TokenizerFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Makes a model directory of a plain encoder in ONNX: inputs input_ids, attention_mask and perhaps
 * token_type_ids, output last_hidden_state. Pooling is appended to the graph, so that only one
 * vector a text leaves the runtime.
 */
public final class OnnxImporter {
  private OnnxImporter() {}

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
      progress.stepBegins("Reading " + source.onnxFile());
      EncoderModel encoder = EncoderModel.read(source.onnxFile());
      checkDimensions(source, encoder);
      TokenizerFile tokenizer = TokenizerFile.read(source.tokenizerFile());
      checkVocabulary(source, encoder, tokenizer);
      ModelProto graph = encoder.pooled(source.pooling());
      ExternalWeights weights = ExternalWeights.of(graph.getGraph(), source.onnxFile());

      progress.stepEnds("%d components a token".formatted(encoder.hiddenSize()));

      progress.stepBegins("Writing " + directory);
      write(graph, staging.path().resolve(ModelDirectory.GRAPH_FILE));
      weights.copyTo(staging.path(), progress);
      Files.copy(source.tokenizerFile(), staging.path().resolve(ModelDirectory.TOKENIZER_FILE));
      describe(source, encoder, graph, weights, staging.path()).write(staging.path());

      progress.stepEnds("");

      progress.stepBegins("Trying the model");
      progress.stepEnds(
          ImportCheck.run(ModelDirectory.open(staging.path()), source, tokenizer.highestId()));
      staging.commit();
    } catch (IOException e) {
      throw new InvalidModelException(
          "Cannot import %s to %s: %s".formatted(source.onnxFile(), directory, e), e);
    }
    return ModelDirectory.open(directory);
  }

  private static void checkDimensions(OnnxImport source, EncoderModel encoder) {
    if (source.minimumDimensions() > encoder.hiddenSize()) {
      throw new InvalidModelException(
          "ONNX model %s has vectors of %d components; they cannot be truncated to %d."
              .formatted(source.onnxFile(), encoder.hiddenSize(), source.minimumDimensions()));
    }
  }

  private static void checkVocabulary(
      OnnxImport source, EncoderModel encoder, TokenizerFile tokenizer) {
    OptionalLong rows = encoder.wordTableRows();
    if (rows.isPresent() && tokenizer.highestId() >= rows.getAsLong()) {
      throw new InvalidModelException(
          "Tokeniser %s has token ids up to %d, but the word table of ONNX model %s has %d rows. They do not belong together."
              .formatted(
                  tokenizer.file(), tokenizer.highestId(), source.onnxFile(), rows.getAsLong()));
    }
  }

  private static void write(ModelProto graph, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      graph.writeTo(out);
    }
  }

  private static ModelDescription describe(
      OnnxImport source,
      EncoderModel encoder,
      ModelProto graph,
      ExternalWeights weights,
      Path staging) {
    Map<String, String> files = new TreeMap<>();
    weights
        .locations()
        .forEach(name -> files.put(name, ModelDirectory.sha256(staging.resolve(name))));
    for (String name : List.of(ModelDirectory.GRAPH_FILE, ModelDirectory.TOKENIZER_FILE)) {
      files.put(name, ModelDirectory.sha256(staging.resolve(name)));
    }
    int hiddenSize = encoder.hiddenSize();
    int minimum = source.minimumDimensions() == 0 ? hiddenSize : source.minimumDimensions();
    return new ModelDescription(
        ModelDescription.FORMAT_VERSION,
        source.name(),
        source.revision(),
        ModelDirectory.sha256(source.onnxFile()),
        List.of(PooledGraph.INPUT_IDS, PooledGraph.ATTENTION_MASK),
        PooledGraph.OUTPUT,
        hiddenSize,
        new DimensionRange(minimum, hiddenSize),
        source.pooling(),
        source.prompts(),
        source.maxTokens(),
        EncoderModel.precisionOf(graph),
        files,
        /* externalData= */ null,
        /* layout= */ null,
        /* specialTokensInText= */ null,
        /* batchDependent= */ false);
  }
}
