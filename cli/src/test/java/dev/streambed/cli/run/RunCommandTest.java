package dev.streambed.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

class RunCommandTest {
  @ParameterizedTest
  @ValueSource(strings = {"--dry-run=abc", "--dry-run=1.5", "--dry-run=99999999999", "--dry-run="})
  void saysWhichNumbersADryRunTakes(String argument) {
    CommandLine command = new CommandLine(new RunCommand());

    assertThatThrownBy(() -> command.parseArgs("a.yaml", argument))
        .hasMessageContaining("--dry-run")
        .hasMessageEndingWith("is no number between 1 and 1000");
    assertThat(command.getUsageMessage().replaceAll("\\s+", " "))
        .contains("the first N records (1 to 1000, default: 5)");
  }

  @Test
  void saysWhatAnInterruptionDoesToTheJob() {
    var pipeline = new Configuration();
    pipeline.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, "file:///c");

    assertThat(RunCommand.whatEnds(/* keepsCheckpoints= */ true, pipeline))
        .isEqualTo(
            "the job ends without a savepoint. Started again, it goes on from its last checkpoint.");
    assertThat(RunCommand.whatEnds(/* keepsCheckpoints= */ false, pipeline))
        .isEqualTo(
            "the job ends without a savepoint. Its checkpoints are in file:///c; to go on from the last, name it in execution.state-recovery.path.");
  }

  @ParameterizedTest
  @CsvSource({
    "a.yaml,",
    "a.yaml --dry-run, 5",
    "--dry-run a.yaml, 5",
    "a.yaml --dry-run 3, 3",
    "--dry-run 3 a.yaml, 3",
    "a.yaml --dry-run=3, 3",
    "--dry-run=3 a.yaml, 3",
    "a.yaml --dry-run --verbose, 5",
    "--dry-run --max-dead-letter-share 0.5 a.yaml, 5",
    "--dry-run -1 a.yaml, -1"
  })
  void takesTheNumberOfADryRunOnlyIfItIsOne(String arguments, @Nullable Integer number) {
    CommandLine command = new CommandLine(new RunCommand());
    command.getCommandSpec().addOption(CommandLine.Model.OptionSpec.builder("--verbose").build());

    ParseResult parsed = command.parseArgs(arguments.split(" ", -1));

    Integer found = parsed.matchedOptionValue("--dry-run", null);
    assertThat(found).isEqualTo(number);
    assertThat(parsed.<Path>matchedPositionalValue(0, Path.of("none")))
        .isEqualTo(Path.of("a.yaml"));
  }
}
