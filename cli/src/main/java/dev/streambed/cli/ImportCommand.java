package dev.streambed.cli;

import dev.streambed.embedder.ModelDescription;
import dev.streambed.embedder.Pooling;
import dev.streambed.importer.OnnxImport;
import dev.streambed.importer.OnnxImporter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
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
    description = {
      "Makes a model directory of an encoder in ONNX.",
      "The ONNX file must have the inputs input_ids and attention_mask (token_type_ids is fed with zeros), int64"
          + " [batch, sequence], and the output last_hidden_state, float32 [batch, sequence, hidden]. Pooling is added to"
          + " the graph; truncation and padding of the tokeniser file are ignored. The directory appears when it is"
          + " complete and was found to work."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:imported",
      "1:the model cannot be served, or another failure",
      "2:wrong usage"
    })
final class ImportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--onnx",
      required = true,
      paramLabel = "FILE",
      description = "the encoder; external weights are copied from beside it")
  private Path onnx = Path.of("");

  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "FILE",
      description = "its tokenizer.json (Hugging Face tokenizers)")
  private Path tokenizer = Path.of("");

  @Option(
      names = "--pooling",
      paramLabel = "mean|cls",
      description =
          "how the vectors of the tokens become one: their mean (default), or the first one")
  private Pooling pooling = Pooling.MEAN;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description =
          "most tokens of a text, special tokens and prompt included; longer texts are cut off (default: ${DEFAULT-VALUE})")
  private int maxTokens = OnnxImport.DEFAULT_MAX_TOKENS;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "name of the model, as it appears in each embedding record (default: after the file)")
  private @Nullable String name;

  @Option(
      names = "--revision",
      paramLabel = "TEXT",
      description = "revision of the model's source, such as a commit")
  private String revision = "";

  @Option(
      names = "--prompt",
      paramLabel = "NAME=PREFIX",
      description =
          "a prefix for texts of one use, such as --prompt 'query=search_query: '; may be repeated. Texts get the prompt 'passage' by default, if there is one")
  private Map<String, String> prompts = new LinkedHashMap<>();

  @Option(
      names = "--dimensions",
      paramLabel = "MIN",
      description =
          "shortest length that vectors may be truncated to, for models trained for that (default: none but the full length)")
  private int dimensions;

  @Parameters(
      paramLabel = "MODEL_DIR",
      description = "the directory to make; must not exist, or be empty")
  private Path directory = Path.of("");

  @Override
  public Integer call() {
    OnnxImport source = source();
    ModelDescription description =
        OnnxImporter.importTo(source, directory, line -> System.err.println("streambed: " + line))
            .description();
    System.out.printf(
        "Imported %s into %s: %s dimensions, at most %d tokens, %s pooling.%n",
        description.name(),
        directory,
        description.dimensions(),
        description.maxTokens(),
        description.pooling().name().toLowerCase(java.util.Locale.ROOT));
    return CommandLine.ExitCode.OK;
  }

  private OnnxImport source() {
    try {
      OnnxImport source =
          OnnxImport.of(onnx, tokenizer)
              .withRevision(revision)
              .withPooling(pooling)
              .withMaxTokens(maxTokens)
              .withPrompts(prompts)
              .withMinimumDimensions(dimensions);
      return name == null ? source : source.withName(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
