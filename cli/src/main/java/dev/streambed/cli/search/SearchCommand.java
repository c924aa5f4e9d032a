package dev.streambed.cli.search;

import dev.streambed.cli.kafka.KafkaAccess;
import dev.streambed.cli.model.Models;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.cli.terminal.Version;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.MetadataFilter;
import dev.streambed.query.Nearest.Hit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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

/** {@code streambed search}. */
@Internal
@Command(
    name = "search",
    description = {
      "Finds the embeddings that are nearest to a query, by comparing it with each (docs/query.md).",
      "It reads what is committed in a topic, and takes the last embedding of each key unless that was deleted. It"
          + " holds them in memory."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done, even if nothing was found",
      "1:failed, or a record could not be decoded",
      "2:wrong usage"
    })
public final class SearchCommand implements Callable<Integer> {
  private static final String QUERY_PROMPT = "query";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT",
      description = "Kafka, for a topic; without, a file is searched")
  private @Nullable String bootstrapServers;

  @Option(
      names = "--kafka-config",
      paramLabel = "FILE",
      description =
          "properties of Kafka's consumer, for TLS and logins; values may be references, as in pipeline files"
              + " (docs/security.md)")
  private @Nullable Path kafkaConfig;

  @Option(
      names = "--model",
      paramLabel = "MODEL_DIR",
      description =
          "the model directory that made the vectors; another is refused (default: "
              + DefaultModel.NAME
              + ")")
  private @Nullable Path modelDirectory;

  @Option(
      names = "--prompt",
      paramLabel = "NAME",
      description =
          "the model's prompt for the query, or 'none' (default: 'query' where the model has it, else its default)")
  private @Nullable String prompt;

  @Option(
      names = "--space",
      paramLabel = "URI",
      description = "the space to search in, where a topic has vectors of several")
  private @Nullable String space;

  @Option(
      names = "--field",
      paramLabel = "FIELD=NAME",
      description = "a field's other name, as streambed.sink.fields has it; may be repeated")
  private Map<String, String> fields = new LinkedHashMap<>();

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "how many to show (default: ${DEFAULT-VALUE})")
  private int top = 10;

  @Option(
      names = "--filter",
      paramLabel = "NAME=VALUE",
      converter = FilterConverter.class,
      description =
          "only texts whose metadata have this value, or a list with it; may be repeated: all must hold")
  private List<MetadataFilter> filters = new ArrayList<>();

  @Option(names = "--json", description = "print one JSON object per line")
  private boolean json;

  @Parameters(
      index = "0",
      paramLabel = "TOPIC|FILE",
      description = "a topic of embeddings, or a file that 'streambed embed' wrote")
  private String where = "";

  @Parameters(index = "1", paramLabel = "QUERY", description = "the text to find")
  private String query = "";

  @Override
  public Integer call() {
    if (top < 1) {
      throw usage("Invalid value %d for --top: must be at least 1.".formatted(top));
    }
    VectorSpace wanted = wantedSpace();
    KafkaAccess kafka = KafkaAccess.of(bootstrapServers, kafkaConfig);
    checkWhere(kafka.hasServers());
    ModelDirectory model = Models.open(modelDirectory);
    checkPrompt(model, EmbedderOptions.DEFAULT.withPrompt(prompt));
    SearchedVectors vectors =
        kafka.hasServers()
            ? new SearchedTopic(where, model, wanted, filters).read(kafka, options())
            : file(model);
    print(find(vectors, model));
    vectors.problems().forEach(Progress::say);
    if (vectors.bad() > 0) {
      Progress.say("%,d records were left out: they are no embeddings.".formatted(vectors.bad()));
    }
    return vectors.bad() == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private @Nullable VectorSpace wantedSpace() {
    try {
      return space == null ? null : VectorSpace.parse(space);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private void checkWhere(boolean isTopic) {
    if (!isTopic && !Files.isRegularFile(Path.of(where))) {
      throw usage(
          "There is no file %s. To search a topic, give --bootstrap-servers.".formatted(where));
    }
    if (!isTopic && (!filters.isEmpty() || space != null || !fields.isEmpty())) {
      throw usage("--filter, --space and --field are for topics; give --bootstrap-servers.");
    }
  }

  private EmbeddingReader.Options options() {
    try {
      return EmbeddingReader.Options.DEFAULT.withFields(fields);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "Invalid --field: %s.".formatted(e.getMessage()), e);
    }
  }

  private void checkPrompt(ModelDirectory model, EmbedderOptions options) {
    try {
      OnnxTextEmbedder.checkOptions(model.description(), options);
    } catch (InvalidModelException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /** A file does not say the space of its vectors, so only their length is compared. */
  private SearchedVectors file(ModelDirectory model) {
    SearchedVectors vectors = new SearchedFile(Path.of(where)).read();
    try {
      OnnxTextEmbedder.checkOptions(
          model.description(), EmbedderOptions.DEFAULT.withDimensions(vectors.dimensions()));
    } catch (InvalidModelException e) {
      throw new CommandFailedException(
          "The vectors of %s have %d dimensions, which model directory %s (%s) does not give. Name the model directory that made them with --model."
              .formatted(where, vectors.dimensions(), model.path(), model.description().space()),
          e);
    }
    return vectors;
  }

  private List<Hit<SearchedText>> find(SearchedVectors vectors, ModelDirectory model) {
    boolean hasPrompt = model.description().prompts().containsKey(QUERY_PROMPT);
    EmbedderOptions options =
        EmbedderOptions.DEFAULT
            .withDimensions(vectors.dimensions())
            .withPrompt(prompt == null && hasPrompt ? QUERY_PROMPT : prompt);
    try (OnnxTextEmbedder embedder = Models.load(model, options)) {
      float[] vector = embedder.embed(List.of(embedder.tokenise(query, null))).get(0).vector();
      return vectors.index().search(vector, top);
    } catch (TextRejectedException e) {
      throw new CommandFailedException("Cannot embed the query: " + e.getMessage(), e);
    }
  }

  private void print(List<Hit<SearchedText>> hits) {
    var printer = new HitPrinter(System.out);
    if (json) {
      printer.printJson(hits);
    } else {
      printer.print(hits);
    }
    if (hits.isEmpty()) {
      Progress.say("nothing found: no embedding passes the filters");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
