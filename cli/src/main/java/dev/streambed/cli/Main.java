package dev.streambed.cli;

import dev.streambed.cli.demo.DemoCommand;
import dev.streambed.cli.embed.EmbedCommand;
import dev.streambed.cli.evaluate.EvaluateCommand;
import dev.streambed.cli.inspect.InspectCommand;
import dev.streambed.cli.model.ImportCommand;
import dev.streambed.cli.model.UnpackedRuntime;
import dev.streambed.cli.run.RunCommand;
import dev.streambed.cli.search.SearchCommand;
import dev.streambed.cli.serve.ServeCommand;
import dev.streambed.cli.sql.SqlCommand;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.cli.terminal.StandardOutput;
import dev.streambed.cli.terminal.Version;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.jobs.options.InvalidPipelineException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code streambed} command: results to standard output, everything else to standard error. */
@Internal
@Command(
    name = "streambed",
    description =
        "Turns a Kafka topic of text into a Kafka topic of embeddings, inside Flink, exactly once.",
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      ImportCommand.class,
      InspectCommand.class,
      EmbedCommand.class,
      SearchCommand.class,
      ServeCommand.class,
      SqlCommand.class,
      EvaluateCommand.class,
      HelpCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {
      "",
      "In a clone, 'streambed benchmark NAME' also measures against limits and peers; it is built when it is asked for."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed", "2:wrong usage"})
public final class Main implements Runnable {
  private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

  private static final String LOG_CONFIGURATION = "log4j2.configurationFile";
  private static final String LOG_LEVEL = "streambed.log.level";
  private static final String LOG_STACK = "streambed.log.stack";

  @Spec private CommandSpec spec = CommandSpec.create();

  private boolean verbose;

  /** Runs the command and ends this process with its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static void main(String[] arguments) {
    // UTF-8 in any locale: a text in a message must not turn into question marks.
    var out = new StandardOutput();
    System.setOut(utf8(out));
    System.setErr(utf8(new FileOutputStream(FileDescriptor.err)));
    UnpackedRuntime.deleteAtExit();
    int exitCode = run(arguments);
    System.exit(exitCode == CommandLine.ExitCode.OK ? checkWritten(out) : exitCode);
  }

  /** Results that were lost on their way are a failure, unless their reader has seen enough. */
  private static int checkWritten(StandardOutput out) {
    System.out.flush();
    if (out.failure().isEmpty() || StandardOutput.isPipe()) {
      return CommandLine.ExitCode.OK;
    }
    System.err.println("streambed: " + StandardOutput.unwritten(out.failure().get()).getMessage());
    return CommandLine.ExitCode.SOFTWARE;
  }

  static int run(String... arguments) {
    if (System.getProperty(LOG_CONFIGURATION) == null) {
      System.setProperty(LOG_CONFIGURATION, "classpath:dev/streambed/cli/log4j2.properties");
    }
    return commandLine(new Main()).execute(arguments);
  }

  static CommandLine commandLine(Main main) {
    return new CommandLine(main)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false)
        .setOut(new PrintWriter(System.out, /* autoFlush= */ true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(System.err, /* autoFlush= */ true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler((e, arguments) -> main.explainUsage(e))
        .setExecutionExceptionHandler((e, commandLine, result) -> main.explain(e));
  }

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "show stack traces and the log of the libraries")
  void verbose(boolean value) {
    this.verbose = value;
    System.setProperty(LOG_LEVEL, value ? "INFO" : "WARN");
    System.setProperty(LOG_STACK, value ? "full" : "1");
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name a command.");
  }

  private int explainUsage(ParameterException e) {
    CommandLine command = e.getCommandLine();
    System.err.println("streambed: " + e.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(e, command.getErr());
    System.err.printf("Try: %s --help%n", command.getCommandSpec().qualifiedName());
    return CommandLine.ExitCode.USAGE;
  }

  private int explain(Exception e) {
    if (isEnding()) {
      return CommandLine.ExitCode.SOFTWARE; // interrupted: what fails now needs no explanation
    }
    if (e instanceof InvalidModelException
        || e instanceof InvalidPipelineException
        || e instanceof InferenceException
        || e instanceof CommandFailedException) {
      System.err.println("streambed: " + oneLine(String.valueOf(e.getMessage())));
    } else {
      System.err.println(
          "streambed: unexpected %s%s"
              .formatted(oneLine(e.toString()), verbose ? "" : " (--verbose shows where)"));
    }
    if (verbose) {
      e.printStackTrace();
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** Whether this process was told to end. */
  private static boolean isEnding() {
    try {
      Runtime.getRuntime().removeShutdownHook(new Thread());
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private static String oneLine(String message) {
    // A value of a pipeline file may have what a terminal obeys.
    return CONTROL
        .matcher(message.strip().replaceAll("\\s*\\R\\s*", " "))
        .replaceAll(found -> "\\\\u%04X".formatted((int) found.group().charAt(0)));
  }

  private static PrintStream utf8(OutputStream out) {
    return new PrintStream(out, /* autoFlush= */ true, StandardCharsets.UTF_8);
  }
}
