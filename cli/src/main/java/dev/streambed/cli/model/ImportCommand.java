package dev.streambed.cli.model;

import dev.streambed.cli.terminal.Progress;
import dev.streambed.cli.terminal.Version;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.model.SpecialTokensInText;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.nomic.CheckpointImport;
import dev.streambed.importer.nomic.CheckpointImport.Weights;
import dev.streambed.importer.nomic.CheckpointImporter;
import dev.streambed.importer.nomic.graph.ExpertForm;
import dev.streambed.importer.onnx.OnnxImport;
import dev.streambed.importer.onnx.OnnxImport.BatchDependence;
import dev.streambed.importer.onnx.OnnxImport.Layers;
import dev.streambed.importer.onnx.OnnxImporter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code streambed import}. */
@Command(
    name = "import",
    customSynopsis = {
      "streambed import [OPTIONS] CHECKPOINT MODEL_DIR",
      "       streambed import [OPTIONS] --onnx FILE --tokenizer FILE MODEL_DIR"
    },
    descriptionHeading = "%n",
    description = {
      "Makes a model directory, either of a nomic-embed-text-v2-moe checkpoint (the folder with config.json,"
          + " model.safetensors and tokenizer.json), or of an encoder in ONNX.",
      "An ONNX file must have the inputs input_ids and attention_mask (token_type_ids is fed with zeros), int64"
          + " [batch, sequence], and an output of a vector for each token, float32 [batch, sequence, hidden]. Pooling is"
          + " added to the graph. Truncation and padding of the tokeniser file are ignored.",
      "The import honours the publisher's files beside an ONNX file, and says so: modules.json and the folders it names"
          + " (Pooling, Dense, Normalize), sentence_bert_config.json, config_sentence_transformers.json,"
          + " tokenizer_config.json, config.json. Options go before it.",
      "The directory appears when it is complete and was found to work."
    },
    parameterListHeading = "%n",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:imported",
      "1:the model cannot be served, or another failure",
      "2:wrong usage"
    })
@Internal
public final class ImportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "1..2",
      hideParamSyntax = true,
      paramLabel = "CHECKPOINT MODEL_DIR",
      description =
          "the checkpoint's folder, if there is no --onnx, and the directory to make, which must not exist, or be empty")
  private List<Path> paths = new ArrayList<>();

  @Option(
      names = "--onnx",
      paramLabel = "FILE",
      description = "ONNX: the encoder; external weights are copied from beside it")
  private @Nullable Path onnx;

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description = "ONNX: the tokenizer.json of the encoder (Hugging Face tokenizers)")
  private @Nullable Path tokenizer;

  @Option(
      names = "--pooling",
      paramLabel = "mean|cls|max",
      description =
          "ONNX: how the vectors of the tokens become one: their mean, the first one, or their greatest components (default: as published, or mean)")
  private @Nullable Pooling pooling;

  @Option(
      names = "--no-layers",
      description = "ONNX: leave out the layers behind pooling that were published")
  private boolean noLayers;

  @Option(
      names = "--special-tokens",
      paramLabel = "text|control",
      description =
          "ONNX: what a special token such as [SEP] in a text is: text like any other (default), or a token that controls the model")
  private @Nullable SpecialTokensInText specialTokens;

  @Option(
      names = "--allow-batch-dependence",
      description =
          "ONNX: import a model whose vectors depend on the other texts of their batch, such as a dynamically quantised one; a replay may write other bytes, and each record's model revision says batch-dependent")
  private boolean allowBatchDependence;

  @Option(
      names = "--precision",
      paramLabel = "fp32|fp16|int8",
      description = "checkpoint: arithmetic of the graph (default: fp32)")
  private @Nullable Precision precision;

  @Option(
      names = "--moe",
      paramLabel = "routed|fused",
      description =
          "how the experts of a checkpoint are computed: with standard operators, only the chosen ones (default), or"
              + " with ONNX Runtime's fused operator, for CUDA")
  private @Nullable ExpertForm experts;

  @Option(
      names = "--copy",
      description =
          "checkpoint: copy the weights; without it, an fp32 model reads them where they are")
  private boolean copy;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description =
          "most tokens of a text, special tokens and prompt included; the end of a longer text is cut off (default: as published, or 512)")
  private @Nullable Integer maxTokens;

  @Option(
      names = "--dimensions",
      paramLabel = "MIN",
      description =
          "ONNX: shortest length that vectors may be truncated to, for models trained for that (default: the full length alone)")
  private @Nullable Integer dimensions;

  @Option(
      names = "--prompt",
      paramLabel = "NAME=PREFIX",
      description =
          "ONNX: text to put before texts of one use, such as 'query=search_query: '; may be repeated, and is added to those published. Texts get the prompt 'passage' unless told otherwise, if there is one")
  private @Nullable Map<String, String> prompts;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "name of the model, as it appears in each embedding record (default: after the folder or file; of the hub's cache, as there)")
  private @Nullable String name;

  @Option(
      names = "--revision",
      paramLabel = "TEXT",
      description =
          "revision of the model's source, such as a commit (default: as the hub's cache says)")
  private @Nullable String revision;

  @Override
  public Integer call() {
    var progress = new ImportSteps(Progress::say, System::nanoTime);
    ModelDirectory model = onnx == null ? importCheckpoint(progress) : importOnnx(onnx, progress);
    ModelDescription description = model.description();
    System.out.printf(
        "Imported %s into %s: %s dimensions, at most %d tokens, %s pooling, %s.%n",
        description.name(),
        model.path(),
        description.dimensions(),
        description.maxTokens(),
        description.pooling().name().toLowerCase(Locale.ROOT),
        description.precision().name().toLowerCase(Locale.ROOT));
    System.out.printf("The space of its vectors: %s%n", description.space());
    if (description.batchDependent()) {
      System.out.println(
          "Its vectors depend on the other texts of their batch: the revision %s says so in each record."
              .formatted(description.revision()));
    }
    return CommandLine.ExitCode.OK;
  }

  private ModelDirectory importOnnx(Path onnxFile, ImportProgress progress) {
    Path tokenizerFile = tokenizer;
    if (tokenizerFile == null) {
      throw usage("--onnx needs --tokenizer: the model's tokenizer.json.");
    }
    if (precision != null || experts != null || copy) {
      throw usage(
          "--precision, --moe and --copy are for checkpoints; an ONNX file is imported as it is.");
    }
    if (paths.size() != 1) {
      throw usage("With --onnx, name one directory: the one to make.");
    }
    return OnnxImporter.importTo(source(onnxFile, tokenizerFile), paths.get(0), progress);
  }

  private OnnxImport source(Path onnxFile, Path tokenizerFile) {
    checkAtLeast(OnnxImport.FEWEST_TOKENS, "--max-tokens", maxTokens);
    checkAtLeast(1, "--dimensions", dimensions);
    try {
      OnnxImport source = OnnxImport.of(onnxFile, tokenizerFile);
      source = pooling == null ? source : source.withPooling(pooling);
      source = maxTokens == null ? source : source.withMaxTokens(maxTokens);
      source = dimensions == null ? source : source.withMinimumDimensions(dimensions);
      source = prompts == null ? source : source.withPrompts(prompts);
      source = specialTokens == null ? source : source.withSpecialTokensInText(specialTokens);
      source = noLayers ? source.withLayers(Layers.LEFT_OUT) : source;
      source = allowBatchDependence ? source.withBatchDependence(BatchDependence.ALLOWED) : source;
      source = name == null ? source : source.withName(name);
      return revision == null ? source : source.withRevision(revision);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private ModelDirectory importCheckpoint(ImportProgress progress) {
    if (tokenizer != null || pooling != null || dimensions != null || prompts != null) {
      throw usage("--tokenizer, --pooling, --dimensions and --prompt need --onnx.");
    }
    if (noLayers || specialTokens != null || allowBatchDependence) {
      throw usage("--no-layers, --special-tokens and --allow-batch-dependence need --onnx.");
    }
    if (paths.size() != 2) {
      throw usage(
          "Name the checkpoint's folder and the directory to make, or an ONNX file with --onnx.");
    }
    return CheckpointImporter.importTo(source(paths.get(0)), paths.get(1), progress);
  }

  private CheckpointImport source(Path checkpoint) {
    checkAtLeast(OnnxImport.FEWEST_TOKENS, "--max-tokens", maxTokens);
    try {
      CheckpointImport source = CheckpointImport.of(checkpoint);
      source = precision == null ? source : source.withPrecision(precision);
      source = experts == null ? source : source.withExperts(experts);
      source = maxTokens == null ? source : source.withMaxTokens(maxTokens);
      source = copy ? source.withWeights(Weights.COPIED) : source;
      source = name == null ? source : source.withName(name);
      return revision == null ? source : source.withRevision(revision);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private void checkAtLeast(int least, String option, @Nullable Integer value) {
    if (value != null && value < least) {
      throw usage("Invalid value %d for %s: must be at least %d.".formatted(value, option, least));
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
