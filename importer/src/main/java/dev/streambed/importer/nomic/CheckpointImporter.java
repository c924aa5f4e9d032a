package dev.streambed.importer.nomic;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenLayout;
import dev.streambed.embedder.model.DimensionRange;
import dev.streambed.embedder.model.ExternalData;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.model.Precision;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.JavaHeap;
import dev.streambed.importer.StagingDirectory;
import dev.streambed.importer.TokenizerFile;
import dev.streambed.importer.nomic.CheckpointImport.Weights;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.graph.NomicGraph;
import dev.streambed.importer.nomic.graph.TokenPacking;
import dev.streambed.importer.nomic.graph.linear.TypicalInputs;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Makes a model directory of a nomic-embed-text-v2-moe checkpoint, as published: builds the graph,
 * then compares it with an independent forward pass before anything appears.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class CheckpointImporter {
  private static final String WEIGHTS_FILE = "weights.bin";

  // The lengths that the published model was trained to be truncated to, from its card.
  private static final int PUBLISHED_HIDDEN_SIZE = 768;
  private static final int PUBLISHED_MINIMUM = 256;

  /** The prompts of config_sentence_transformers.json, trailing spaces included. */
  private static final Map<String, String> PROMPTS =
      Map.of(
          "query", "search_query: ",
          "passage", "search_document: ",
          "Classification", "classification: ",
          "MultilabelClassification", "classification: ",
          "Clustering", "clustering: ",
          "PairClassification", "classification: ",
          "STS", "classification: ",
          "Summarization", "classification: ",
          "Speed", "search_document: ");

  private final CheckpointImport source;
  private final Checkpoint checkpoint;
  private final Path staging;
  private final ImportProgress progress;

  private CheckpointImporter(
      CheckpointImport source, Checkpoint checkpoint, Path staging, ImportProgress progress) {
    this.source = source;
    this.checkpoint = checkpoint;
    this.staging = staging;
    this.progress = progress;
  }

  /**
   * Imports a checkpoint. The directory appears when it is complete and agrees with the forward
   * pass, or not at all.
   *
   * @param directory the model directory to make; must not exist, or be empty
   * @throws InvalidModelException if the checkpoint cannot be used or the graph disagrees; the
   *     message says why
   */
  public static ModelDirectory importTo(
      CheckpointImport source, Path directory, ImportProgress progress) {
    progress.stepBegins("Reading the checkpoint");
    Checkpoint checkpoint = Checkpoint.open(source.directory());
    checkLengths(source, checkpoint);
    progress.stepEnds(
        String.format(
            Locale.ROOT,
            "%d tensors, %,d parameters, of which %,d for one token",
            checkpoint.tensorCount(),
            checkpoint.parameters(),
            checkpoint.activeParameters()));
    try (StagingDirectory staging = StagingDirectory.create(directory)) {
      JavaHeap.use(
          checkpoint.weightsFile(),
          () -> new CheckpointImporter(source, checkpoint, staging.path(), progress).run());
      staging.commit();
    } catch (IOException | UncheckedIOException e) {
      throw new InvalidModelException(
          "Cannot import %s to %s: %s".formatted(source.directory(), directory, e), e);
    }
    return ModelDirectory.open(directory);
  }

  private static void checkLengths(CheckpointImport source, Checkpoint checkpoint) {
    if (source.graph().maxTokens() > checkpoint.config().positions()) {
      throw new InvalidModelException(
          "The checkpoint in %s has %d positions; texts of %d tokens cannot be embedded."
              .formatted(
                  source.directory(), checkpoint.config().positions(), source.graph().maxTokens()));
    }
    TokenizerFile tokenizer = TokenizerFile.read(checkpoint.tokenizerFile());
    if (tokenizer.highestId() >= checkpoint.config().vocabularyRows()) {
      throw new InvalidModelException(
          "Tokeniser %s has token ids up to %d, but the checkpoint's word table has %d rows."
              .formatted(
                  tokenizer.file(), tokenizer.highestId(), checkpoint.config().vocabularyRows()));
    }
  }

  private void run() throws IOException {
    boolean referenced =
        source.weights() == Weights.REFERENCED
            && source.graph().usesStoredFloats()
            && checkpoint.isStoredAsFloat();
    Map<String, TypicalInputs> inputs = typicalInputs();
    progress.stepBegins(referenced ? "Building the graph" : "Writing the weights");
    ModelProto graph =
        referenced ? NomicGraph.referencing(checkpoint, source.graph()) : copying(inputs);
    try (OutputStream out = Files.newOutputStream(staging.resolve(ModelDirectory.GRAPH_FILE))) {
      graph.writeTo(out);
    }
    Files.copy(checkpoint.tokenizerFile(), staging.resolve(ModelDirectory.TOKENIZER_FILE));
    progress.stepEnds(
        referenced
            ? "weights stay in " + checkpoint.weightsFile()
            : String.format(Locale.ROOT, "%,d bytes", Files.size(staging.resolve(WEIGHTS_FILE))));

    progress.stepBegins("Computing digests");
    describe(referenced).write(staging);
    ModelDirectory model = ModelDirectory.open(staging);
    progress.stepEnds("");

    SelfCheck.run(checkpoint, model, source.graph(), progress);
  }

  /** What 8-bit weights are rounded for; nothing for other precisions. */
  private Map<String, TypicalInputs> typicalInputs() {
    if (source.graph().precision() != Precision.INT8 || !checkpoint.isStoredAsFloat()) {
      return Map.of();
    }
    progress.stepBegins("Running texts in 32 bits, to round the weights for");
    Map<String, TypicalInputs> inputs = Calibration.run(checkpoint, source.graph().maxTokens());
    progress.stepEnds("%d texts".formatted(Calibration.texts().size()));
    return inputs;
  }

  private ModelProto copying(Map<String, TypicalInputs> inputs) throws IOException {
    Path file = staging.resolve(WEIGHTS_FILE);
    long total = source.graph().weightBytes(checkpoint);
    return NomicGraph.copying(
        checkpoint, source.graph(), inputs, file, written -> progress.stepAdvances(written, total));
  }

  private ModelDescription describe(boolean referenced) throws IOException {
    String digest = ModelDirectory.sha256(checkpoint.weightsFile());
    int hidden = checkpoint.config().hiddenSize();
    Map<String, String> files = new TreeMap<>();
    for (String name :
        List.of(ModelDirectory.GRAPH_FILE, ModelDirectory.TOKENIZER_FILE, WEIGHTS_FILE)) {
      if (Files.exists(staging.resolve(name))) {
        files.put(name, ModelDirectory.sha256(staging.resolve(name)));
      }
    }
    return new ModelDescription(
        ModelDescription.FORMAT_VERSION,
        source.name(),
        source.revision(),
        digest,
        List.of(TokenPacking.INPUT_IDS, TokenPacking.ATTENTION_MASK),
        NomicGraph.OUTPUT,
        hidden,
        new DimensionRange(hidden == PUBLISHED_HIDDEN_SIZE ? PUBLISHED_MINIMUM : 1, hidden),
        Pooling.MEAN,
        PROMPTS,
        source.graph().maxTokens(),
        source.graph().precision(),
        files,
        referenced ? externalData(digest) : null,
        TokenLayout.PACKED,
        /* specialTokensInText= */ null,
        /* batchDependent= */ false);
  }

  private @Nullable ExternalData externalData(String digest) throws IOException {
    Path file = checkpoint.weightsFile();
    return new ExternalData(file.toString(), Files.size(file), digest);
  }
}
