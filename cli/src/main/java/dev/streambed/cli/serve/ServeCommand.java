package dev.streambed.cli.serve;

import dev.streambed.cli.model.Models;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.cli.terminal.Version;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.Requirements;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.server.EmbeddingServer;
import dev.streambed.server.RequestLimits;
import dev.streambed.server.ServerOptions;
import dev.streambed.server.ServerOptions.Defaults;
import dev.streambed.server.page.PageOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code streambed serve}. */
@Internal
@Command(
    name = "serve",
    description = {
      "Embeds over HTTP (docs/serve.md): OpenAI's /v1/embeddings, and /embed as text-embeddings-inference has it."
          + " The vectors are those of 'streambed embed', bit for bit. With --topic, there is a page that shows a topic"
          + " of embeddings as it changes, and searches in it.",
      "Prints its address when it is ready. SIGTERM or Ctrl-C ends it once the requests under way are answered; a second"
          + " one at once."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:ended by a signal, with all requests answered",
      "1:failed, or requests were not answered in time",
      "2:wrong usage"
    })
public final class ServeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL_DIR",
      description = "the model directory (default: " + DefaultModel.NAME + ")")
  private @Nullable Path modelDirectory;

  @Mixin private NetworkOptions network = new NetworkOptions();
  @Mixin private PageTopicOptions page = new PageTopicOptions();

  @Option(
      names = "--space",
      paramLabel = "URI",
      description =
          "the address of the space of the vectors to compare with, as in their records; gives --dimensions, and a"
              + " model of another space is refused")
  private @Nullable String space;

  @Option(
      names = "--dimensions",
      paramLabel = "N",
      description =
          "length of the vectors where a request does not say it (default: the model's full length)")
  private @Nullable Integer dimensions;

  @Option(
      names = "--prompt",
      paramLabel = "NAME",
      description =
          "the model's prompt, or 'none', where a request does not name one (default: 'passage' where the model has it)")
  private @Nullable String prompt;

  @Option(
      names = "--model-name",
      paramLabel = "NAME",
      description =
          "another name of the model that requests may use, beside its own; may be repeated")
  private Set<String> modelNames = new LinkedHashSet<>();

  @Option(
      names = "--no-truncate",
      description = "refuse a text that is too long for the model, unless a request says truncate")
  private boolean refuseLongTexts;

  @Option(
      names = "--max-inputs",
      paramLabel = "N",
      description = "most inputs of a request (default: ${DEFAULT-VALUE})")
  private int maxInputs = RequestLimits.DEFAULT.maxInputs();

  @Option(
      names = "--max-body-bytes",
      paramLabel = "N",
      description = "longest body of a request (default: ${DEFAULT-VALUE})")
  private int maxBodyBytes = RequestLimits.DEFAULT.maxBodyBytes();

  @Option(
      names = "--max-waiting",
      paramLabel = "N",
      description =
          "most inputs of all requests that wait for their vectors; what comes then gets status 429"
              + " (default: ${DEFAULT-VALUE})")
  private int maxWaiting = RequestLimits.DEFAULT.maxWaiting();

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "most connections at a time (default: ${DEFAULT-VALUE})")
  private int maxConnections = RequestLimits.DEFAULT.maxConnections();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "longest time for a request (default: ${DEFAULT-VALUE})")
  private int timeoutSeconds = (int) RequestLimits.DEFAULT.timeout().toSeconds();

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      description = "how long the end waits for requests under way (default: ${DEFAULT-VALUE})")
  private int drainSeconds = 30;

  @Override
  public Integer call() throws InterruptedException {
    VectorSpace wanted = wantedSpace();
    EmbedderOptions embedderOptions = embedderOptions(wanted);
    ServerOptions options = options(embedderOptions);
    Optional<PageOptions> topic = topic();
    ModelDirectory model = Models.open(modelDirectory);
    check(model, wanted, embedderOptions);
    CompletableFuture<String> signal = EndSignal.await();
    try (OnnxTextEmbedder embedder = Models.load(model, embedderOptions);
        EmbeddingServer server = start(embedder, options, topic)) {
      System.out.printf(
          "Serving %s at %s (%s)%n", model.description().name(), server.url(), embedder.space());
      if (server.pageUrl() != null) {
        System.out.printf("Page: %s%n", server.pageUrl());
      }
      if (options.address().isEverywhere()) {
        System.out.println(
            "It listens on all interfaces: other machines reach it by an address of this one"
                + (options.keys().isEmpty() ? ", or a name of --allow-host." : " or its name."));
      }
      return awaitEnd(signal, server);
    }
  }

  private int awaitEnd(CompletableFuture<String> signal, EmbeddingServer server)
      throws InterruptedException {
    try {
      CompletableFuture.anyOf(signal, server.failure()).join();
    } catch (CompletionException e) {
      throw new CommandFailedException(
          "The model does not work any more: " + reason(e), e.getCause());
    }
    Progress.say("ending, once the requests under way are answered …");
    if (server.drain(Duration.ofSeconds(drainSeconds))) {
      return CommandLine.ExitCode.OK;
    }
    Progress.say("not all requests were answered within %d s".formatted(drainSeconds));
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String reason(CompletionException e) {
    Throwable cause = e.getCause();
    return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
  }

  private static EmbeddingServer start(
      OnnxTextEmbedder embedder, ServerOptions options, Optional<PageOptions> topic) {
    try {
      return topic.isPresent()
          ? EmbeddingServer.start(embedder, options, topic.get())
          : EmbeddingServer.start(embedder, options);
    } catch (IOException e) {
      throw new CommandFailedException(
          "Cannot listen on %s, port %d: %s"
              .formatted(options.address().host(), options.address().port(), e.getMessage()),
          e);
    } catch (IllegalArgumentException e) { // of the certificate
      throw new CommandFailedException(String.valueOf(e.getMessage()), e);
    }
  }

  private ServerOptions options(EmbedderOptions embedderOptions) {
    try {
      Requirements.check(timeoutSeconds >= 1, "--timeout", timeoutSeconds, "at least 1 s");
      Requirements.check(drainSeconds >= 0, "--drain", drainSeconds, "at least 0 s");
      var limits =
          new RequestLimits(
              maxInputs,
              maxBodyBytes,
              maxWaiting,
              maxConnections,
              Duration.ofSeconds(timeoutSeconds));
      return ServerOptions.DEFAULT
          .withAddress(network.address())
          .withKeys(network.keys())
          .withLimits(limits)
          .withDefaults(new Defaults(embedderOptions, modelNames, !refuseLongTexts));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private Optional<PageOptions> topic() {
    try {
      return page.topic();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private @Nullable VectorSpace wantedSpace() {
    try {
      return space == null ? null : VectorSpace.parse(space);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private EmbedderOptions embedderOptions(@Nullable VectorSpace wanted) {
    if (dimensions != null && dimensions < 1) {
      throw usage("Invalid value %d for --dimensions: must be at least 1.".formatted(dimensions));
    }
    if (dimensions != null && wanted != null && dimensions != wanted.dimensions()) {
      throw usage("--dimensions %d contradicts --space %s.".formatted(dimensions, wanted));
    }
    int length = dimensions == null ? 0 : dimensions;
    return EmbedderOptions.DEFAULT
        .withDimensions(wanted == null ? length : wanted.dimensions())
        .withPrompt(prompt);
  }

  private void check(
      ModelDirectory model, @Nullable VectorSpace wanted, EmbedderOptions embedderOptions) {
    if (wanted != null && !model.description().space(wanted.dimensions()).equals(wanted)) {
      throw new CommandFailedException(
          "Model directory %s gives vectors of %s; they do not compare with those of %s. Name the model directory that made those."
              .formatted(model.path(), model.description().space(wanted.dimensions()), wanted));
    }
    try {
      OnnxTextEmbedder.checkOptions(model.description(), embedderOptions);
    } catch (InvalidModelException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
