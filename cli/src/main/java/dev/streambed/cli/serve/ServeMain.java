package dev.streambed.cli.serve;

import dev.streambed.cli.terminal.RootCommand;
import dev.streambed.cli.terminal.Version;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine.Command;

/**
 * The {@code streambed} command with the server alone, which loads no class of Flink: that of the
 * image {@code serve} (docs/decisions/0132).
 */
@Internal
@Command(
    name = "streambed",
    subcommands = ServeCommand.class,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class ServeMain extends RootCommand {
  public static void main(String[] arguments) {
    start(new ServeMain(), arguments);
  }
}
