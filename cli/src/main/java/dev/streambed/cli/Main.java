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
import dev.streambed.cli.terminal.RootCommand;
import dev.streambed.cli.terminal.Version;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The {@code streambed} command. */
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
public final class Main extends RootCommand {
  public static void main(String[] arguments) {
    UnpackedRuntime.deleteAtExit();
    start(new Main(), arguments);
  }

  static int run(String... arguments) {
    return run(new Main(), arguments);
  }

  static CommandLine commandLine() {
    return commandLine(new Main());
  }
}
