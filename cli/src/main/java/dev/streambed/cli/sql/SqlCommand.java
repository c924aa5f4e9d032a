package dev.streambed.cli.sql;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.demo.DemoText;
import dev.streambed.cli.model.Models;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.cli.terminal.Terminal;
import dev.streambed.embedder.model.ModelDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code streambed sql}. */
@Internal
@Command(
    name = "sql",
    description = {
      "Opens Flink's SQL client with a Kafka broker, a Flink cluster, a topic of State of the Union paragraphs, tables"
          + " for them and their embeddings, the default model and the functions for vectors. SHOW TABLES; and SHOW"
          + " MODELS; list them.",
      "QUIT; or the end of input ends it; Ctrl-C cancels a line or a query, and ends a script. It leaves no process and"
          + " no file behind but the history of what was typed.",
      "Where standard input is no terminal, it is a script."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:a statement failed, or something else", "2:wrong usage"},
    mixinStandardHelpOptions = true)
public final class SqlCommand implements Callable<Integer> {
  private static final int RECORDS = 300;
  private static final Path STANDARD_INPUT = Path.of("-");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description =
          "run the statements of a file, - for standard input, and end; at the first that fails, with exit code 1")
  private @Nullable Path file;

  @Option(
      names = {"-e", "--execute"},
      paramLabel = "STATEMENTS",
      description = "run these statements, likewise")
  private @Nullable String statements;

  @Option(
      names = "--records",
      paramLabel = "N",
      defaultValue = "" + RECORDS,
      description = "paragraphs in the topic, spread over all years (default: ${DEFAULT-VALUE})")
  private int records;

  @Override
  public Integer call() throws Exception {
    if (file != null && statements != null) {
      throw new ParameterException(spec.commandLine(), "Name either --file or --execute.");
    }
    List<DemoText> all = DemoText.readAll();
    if (records < 1 || records > all.size()) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value %d for --records: must be between 1 and %d."
              .formatted(records, all.size()));
    }
    ShellClassPath classPath = ShellClassPath.find();
    String script = script();
    ModelDirectory model = Models.open(/* directory= */ null);
    if (script == null) {
      InterruptSignal.leaveToChildren();
    }
    System.err.println("Starting a Kafka broker and Flink's SQL client ...");
    try (KafkaBroker broker = KafkaBroker.start()) {
      SampleTopics.create(broker, DemoText.spread(all, records));
      System.err.printf("Kafka: %s (topics %s)%n", broker.bootstrapServers(), SampleTopics.NAMES);
      try (var shell = new ShellProcess(classPath)) {
        return shell.run(InitScript.of(broker.bootstrapServers(), model.path()), script);
      }
    }
  }

  /** The script to run; null if a person is to be asked. */
  private @Nullable String script() throws IOException {
    if (statements != null) {
      return statements;
    }
    if (file == null && Terminal.isPresent()) {
      return null;
    }
    if (file == null || file.equals(STANDARD_INPUT)) {
      return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    }
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw CommandFailedException.cannotRead(file, e);
    }
  }
}
