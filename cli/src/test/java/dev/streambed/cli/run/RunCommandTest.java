package dev.streambed.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

class RunCommandTest {
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
