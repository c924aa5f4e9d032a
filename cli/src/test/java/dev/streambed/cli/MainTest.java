package dev.streambed.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.cli.terminal.CapturedOutput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  @Test
  void withoutACommandItSaysHowToFindOne() {
    assertRun(2, "streambed: Name a command.\nTry: streambed --help\n");
  }

  @Test
  void suggestsTheCommandThatWasMeant() {
    assertRun(
        2,
        """
        streambed: Unmatched argument at index 0: 'inspct'
        Did you mean: streambed inspect?
        Try: streambed --help
        """,
        "inspct");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpThatStatesTheExitCodes(String command) {
    try (CapturedOutput output = new CapturedOutput()) {
      int code = Main.run(command, "--help");

      assertThat(code).isZero();
      assertThat(output.out()).startsWith("Usage: ").contains("Exit codes:");
      assertThat(output.err()).isEmpty();
    }
  }

  static List<String> commands() {
    List<String> names = new ArrayList<>(Main.commandLine().getSubcommands().keySet());
    names.remove("help");
    return names;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "embed --dimensions 0|Invalid value 0 for --dimensions: must be at least 1.",
        "embed --dimensions -1|Invalid value -1 for --dimensions: must be at least 1.",
        "import --onnx f --tokenizer t --dimensions -1 a|Invalid value -1 for --dimensions: must be at least 1.",
        "embed --token-ids --prompt query|--token-ids and --prompt exclude each other: ids are taken as they are.",
        "embed --dimensions many|Invalid value for option '--dimensions': 'many' is not an int",
        "embed --dimensions 8 --space streambed://text-embedding@1/m@0123456789ab?dimensions=4|--dimensions 8 contradicts --space streambed://text-embedding@1/m@0123456789ab?dimensions=4.",
        "embed --space streambed://text-embedding@1/%6D@0123456789ab?dimensions=4|The address 'streambed://text-embedding@1/%6D@0123456789ab?dimensions=4' of a vector space must be written as streambed://text-embedding@1/m@0123456789ab?dimensions=4.",
        "import|Missing required parameter: 'CHECKPOINT MODEL_DIR'",
        "import dir|Name the checkpoint's folder and the directory to make, or an ONNX file with --onnx.",
        "import --onnx f dir|--onnx needs --tokenizer: the model's tokenizer.json.",
        "import --onnx f --tokenizer t a b|With --onnx, name one directory: the one to make.",
        "import --onnx f --tokenizer t --precision int8 a|--precision, --moe and --copy are for checkpoints; an ONNX file is imported as it is.",
        "import --pooling cls a b|--tokenizer, --pooling, --dimensions and --prompt need --onnx.",
        "import --onnx f --tokenizer t --max-tokens 2 a|Invalid value 2 for --max-tokens: must be at least 3.",
        "import --onnx f --tokenizer t --prompt none=x a|Invalid value 'none' for prompts: must be another name ('none' always means no prompt).",
        "import a b --max-tokens 1|Invalid value 1 for --max-tokens: must be at least 3.",
        "serve --dimensions 0|Invalid value 0 for --dimensions: must be at least 1.",
        "serve --host 0.0.0.0|Other machines reach --host 0.0.0.0: give --api-key-file or set STREAMBED_API_KEY, or say --no-api-key.",
        "serve --tls-key f|--tls-certificate and --tls-key go together.",
        "serve --topic t|--topic needs --bootstrap-servers.",
        "serve --topic a/b --bootstrap-servers h:1|Invalid value 'a/b' for --topic: must be a name that Kafka allows: letters, digits, '.', '_' and '-', at most 249.",
        "serve --topic t --bootstrap-servers h:1 --max-records 0|Invalid value 0 for --max-records: must be between 1 and 10000000.",
        "serve --dead-letter-topic d|--dead-letter-topic, --bootstrap-servers, --kafka-config and --max-records are for the page of a topic; give --topic.",
        "serve --port 70000|Invalid value 70000 for port: must be between 0 and 65535.",
        "serve --max-waiting 100|Invalid value 2048 for maxInputs: must be at most 75, three quarters of maxWaiting 100.",
        "serve --timeout 0|Invalid value 0 for --timeout: must be at least 1 s.",
        "serve --drain -1|Invalid value -1 for --drain: must be at least 0 s.",
        "sql --records 0|Invalid value 0 for --records: must be between 1 and 2796.",
        "sql -f a.sql -e b|Name either --file or --execute.",
        "run --dry-run 0 f|Invalid value 0 for --dry-run: must be between 1 and 1000.",
        "run f --dry-run=-1|Invalid value -1 for --dry-run: must be between 1 and 1000.",
        "run f --dry-run=x|Invalid value for option '--dry-run': 'x' is no number between 1 and 1000",
        "run --dry-run x f|Unmatched argument at index 3: 'f'",
        "run --dry-run f|There is no pipeline file f."
      })
  void wrongUsageIsExplainedInOneLine(String command, String message) {
    String[] arguments = words(command);

    assertRun(
        2, "streambed: %s\nTry: streambed %s --help\n".formatted(message, arguments[0]), arguments);
  }

  @ParameterizedTest
  @ValueSource(strings = {"embed --model", "inspect"})
  void aMissingModelDirectoryIsExplainedInOneLine(String command, @TempDir Path folder) {
    Path missing = folder.resolve("none");
    List<String> arguments = new ArrayList<>(List.of(words(command)));
    arguments.add(missing.toString());

    assertRun(
        1,
        "streambed: There is no model directory %s. Create it with: streambed import --onnx <file> --tokenizer <file> %s, or for nomic-embed-text-v2-moe: streambed import <checkpoint> %s\n"
            .formatted(missing, missing, missing),
        arguments.toArray(String[]::new));
  }

  @Test
  void aDirectoryInsteadOfALinesFileIsExplainedBeforeTheModelIsLoaded(@TempDir Path folder) {
    assertRun(
        1,
        "streambed: Cannot read %s: it is a directory, not a file.\n".formatted(folder),
        "embed",
        folder.toString());
  }

  @Test
  void verboseShowsTheStackTrace(@TempDir Path folder) {
    try (CapturedOutput output = new CapturedOutput()) {
      int code = Main.run("inspect", "--verbose", folder.resolve("none").toString());

      assertThat(code).isOne();
      assertThat(output.err())
          .startsWith("streambed: There is no model directory")
          .contains("InvalidModelException")
          .contains("\tat dev.streambed.");
    }
  }

  @Test
  void namesTheVersionOfTheBuild() {
    try (CapturedOutput output = new CapturedOutput()) {
      assertThat(Main.run("--version")).isZero();
      assertThat(output.out()).matches("streambed \\d+\\.\\d+\\.\\d+.*\\R");
    }
  }

  private static void assertRun(int expectedCode, String expectedError, String... arguments) {
    try (CapturedOutput output = new CapturedOutput()) {
      int code = Main.run(arguments);

      assertThat(output.err().replace(System.lineSeparator(), "\n")).isEqualTo(expectedError);
      assertThat(code).isEqualTo(expectedCode);
      assertThat(output.out()).isEmpty();
    }
  }

  private static String[] words(String command) {
    return Pattern.compile(" ").splitAsStream(command).toArray(String[]::new);
  }
}
