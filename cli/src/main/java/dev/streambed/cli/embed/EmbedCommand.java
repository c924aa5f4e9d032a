package dev.streambed.cli.embed;

import dev.streambed.cli.model.Models;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.cli.terminal.StandardOutput;
import dev.streambed.cli.terminal.Terminal;
import dev.streambed.cli.terminal.Version;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
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

/** {@code streambed embed}. */
@Internal
@Command(
    name = "embed",
    description = {
      "Reads one text per line and writes one JSON object per line, in the same order:"
          + " {\"text\":…,\"tokens\":n,\"truncated\":b,\"embedding\":[…]}.",
      "A line that cannot be embedded gives {\"line\":n,\"error\":\"…\",\"message\":\"…\"} in its place; the others are"
          + " embedded, and the exit code is 1."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every line was embedded",
      "1:a line could not be embedded, or another failure",
      "2:wrong usage"
    })
public final class EmbedCommand implements Callable<Integer> {
  private static final Set<String> STANDARD_INPUT =
      Set.of("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--model",
      paramLabel = "MODEL_DIR",
      description = "the model directory (default: " + DefaultModel.NAME + ")")
  private @Nullable Path modelDirectory;

  @Option(
      names = "--prompt",
      paramLabel = "NAME",
      description =
          "the model's prompt to put before each text, or 'none' (default: 'passage' where the model has it)")
  private @Nullable String prompt;

  @Option(
      names = "--dimensions",
      paramLabel = "N",
      description = "length of the vectors (default: the model's full length)")
  private @Nullable Integer dimensions;

  @Option(
      names = "--space",
      paramLabel = "URI",
      description =
          "the address of the space of the vectors to compare with, as in their records; gives --dimensions, and a"
              + " model of another space is refused")
  private @Nullable String space;

  @Option(
      names = "--token-ids",
      description =
          "each line is a JSON array of token ids, special tokens included, instead of a text")
  private boolean tokenIds;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "the lines, in UTF-8 (default, or -: standard input)")
  private Path file = Path.of("-");

  @Override
  public Integer call() throws InterruptedException {
    if (tokenIds && prompt != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--token-ids and --prompt exclude each other: ids are taken as they are.");
    }
    VectorSpace wanted = wantedSpace(); // not after an import of the default model
    EmbedderOptions options = options(wanted);
    // Not closed: a thread may be blocked in reading it, and the process ends with the command.
    InputStream in = openInput();
    ModelDirectory model = Models.open(modelDirectory);
    if (wanted != null) {
      checkSpace(model, wanted);
    }
    checkOptions(model, options);
    try (OnnxTextEmbedder embedder = Models.load(model, options)) {
      var run = new EmbedRun(embedder, in, new StandardOutput(), System.err);
      return (tokenIds ? run.embedTokenIds() : run.embedTexts())
          ? CommandLine.ExitCode.OK
          : CommandLine.ExitCode.SOFTWARE;
    } catch (IOException e) {
      if (StandardOutput.isPipe()) {
        return CommandLine.ExitCode.OK; // the reader has seen enough, as in: | head
      }
      throw StandardOutput.unwritten(e);
    }
  }

  private InputStream openInput() {
    if (STANDARD_INPUT.contains(file.toString())) {
      InputStream in = StandardInput.open();
      if (Terminal.isPresent()) {
        Progress.say("reading one text per line from the terminal; end with Ctrl-D");
      }
      return in;
    }
    if (Files.isDirectory(file)) {
      throw new CommandFailedException(
          "Cannot read %s: it is a directory, not a file.".formatted(file));
    }
    try {
      return Files.newInputStream(file);
    } catch (IOException e) {
      throw CommandFailedException.cannotRead(file, e);
    }
  }

  private @Nullable VectorSpace wantedSpace() {
    if (space == null) {
      return null;
    }
    try {
      return VectorSpace.parse(space);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private EmbedderOptions options(@Nullable VectorSpace wanted) {
    if (dimensions != null && dimensions < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value %d for --dimensions: must be at least 1.".formatted(dimensions));
    }
    if (dimensions != null && wanted != null && dimensions != wanted.dimensions()) {
      throw new ParameterException(
          spec.commandLine(),
          "--dimensions %d contradicts --space %s.".formatted(dimensions, wanted));
    }
    int length = dimensions == null ? 0 : dimensions;
    return EmbedderOptions.DEFAULT
        .withDimensions(wanted == null ? length : wanted.dimensions())
        .withPrompt(prompt);
  }

  private static void checkSpace(ModelDirectory model, VectorSpace wanted) {
    VectorSpace found = model.description().space(wanted.dimensions());
    if (!found.equals(wanted)) {
      throw new CommandFailedException(
          "Model directory %s gives vectors of %s; they do not compare with those of %s. Name the model directory that made those with --model, or import its source again."
              .formatted(model.path(), found, wanted));
    }
  }

  private void checkOptions(ModelDirectory model, EmbedderOptions options) {
    try {
      OnnxTextEmbedder.checkOptions(model.description(), options);
    } catch (InvalidModelException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
