package dev.streambed.cli.terminal;

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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command that others are subcommands of: results go to standard output, everything else to
 * standard error. The subclass names them.
 */
@Internal
public abstract class RootCommand implements Runnable {
  private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

  private static final String LOG_CONFIGURATION = "log4j2.configurationFile";
  private static final String LOG_LEVEL = "streambed.log.level";
  private static final String LOG_STACK = "streambed.log.stack";

  @Spec private CommandSpec spec = CommandSpec.create();

  private boolean verbose;

  /** Runs the command and ends this process with its exit code: 0 done, 1 failed, 2 wrong usage. */
  protected static void start(RootCommand root, String... arguments) {
    // UTF-8 in any locale: a text in a message must not turn into question marks.
    var out = new StandardOutput();
    System.setOut(utf8(out));
    System.setErr(utf8(new FileOutputStream(FileDescriptor.err)));
    int exitCode = run(root, arguments);
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

  /** Runs the command in this process; gives its exit code. */
  protected static int run(RootCommand root, String... arguments) {
    if (System.getProperty(LOG_CONFIGURATION) == null) {
      System.setProperty(LOG_CONFIGURATION, "classpath:dev/streambed/cli/log4j2.properties");
    }
    return commandLine(root).execute(arguments);
  }

  protected static CommandLine commandLine(RootCommand root) {
    return new CommandLine(root)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false)
        .setOut(new PrintWriter(System.out, /* autoFlush= */ true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(System.err, /* autoFlush= */ true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler((e, arguments) -> root.explainUsage(e))
        .setExecutionExceptionHandler((e, commandLine, result) -> root.explain(e));
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
