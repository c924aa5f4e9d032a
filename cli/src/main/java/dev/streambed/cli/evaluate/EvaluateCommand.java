package dev.streambed.cli.evaluate;

import dev.streambed.cli.terminal.Version;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code streambed evaluate}. */
@Command(
    name = "evaluate",
    description = "Measures how good the vectors of a model are, by labelled texts.",
    subcommands = {StsCommand.class, RetrievalCommand.class},
    synopsisSubcommandLabel = "sts|retrieval",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed", "2:wrong usage"})
public final class EvaluateCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name what to evaluate: sts or retrieval.");
  }
}
