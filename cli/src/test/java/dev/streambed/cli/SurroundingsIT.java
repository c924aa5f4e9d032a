package dev.streambed.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The command in surroundings that are not as they should be: one line says what is wrong, and what
 * to do.
 */
class SurroundingsIT {
  private static final String TINY = "../embedder/src/test/resources/tiny-model";
  private static final Path ENCODER = Path.of("../importer/src/test/resources/tiny-encoder.onnx");
  private static final String TOKENIZER = "../importer/src/test/resources/tiny-tokenizer.json";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"-", "/dev/stdin"})
  void embedRefusesAStandardInputThatIsClosed(String input) throws Exception {
    Ended embed = run("<&-", List.of(), "embed", "--model", TINY, input);

    assertThat(embed.err)
        .isEqualTo(
            "streambed: Cannot read standard input: it is closed. Name a file, or /dev/null for no"
                + " lines at all.\n");
    assertThat(embed.out).isEmpty();
    assertThat(embed.exitCode).isOne();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "inspect " + TINY})
  @EnabledOnOs(OS.LINUX) // which has such a device
  void aFullOutputIsAFailure(String command) throws Exception {
    Ended full = run(">/dev/full", List.of(), command.split(" "));

    assertThat(full.err).endsWith("streambed: Cannot write the output: No space left on device\n");
    assertThat(full.exitCode).isOne();
  }

  @Test
  void embedTakesAnEmptyStandardInput() throws Exception {
    Ended embed = run("</dev/null", List.of(), "embed", "--model", TINY);

    assertThat(embed.out).isEmpty();
    assertThat(embed.exitCode).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"embed --model " + TINY, "inspect " + TINY})
  void leavesNothingInTheTemporaryDirectory(String command) throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));

    Ended ended = run("</dev/null", List.of("-Djava.io.tmpdir=" + temporary), command.split(" "));

    assertThat(ended.exitCode).as(ended.err).isZero();
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void aTemporaryDirectoryThatIsMissingIsNamed() throws Exception {
    Path missing = folder.resolve("missing");

    Ended embed =
        run("</dev/null", List.of("-Djava.io.tmpdir=" + missing), "embed", "--model", TINY);

    assertThat(embed.err.lines().toList())
        .allMatch(line -> line.startsWith("streambed: ")) // a slow machine may say that it loads
        .last()
        .asString()
        .matches(
            "streambed: Cannot load (ONNX Runtime|the tokeniser library): there is no directory"
                + " \\Q%s\\E to unpack its native library into; name another one with"
                    .formatted(missing)
                + " -Djava\\.io\\.tmpdir=DIRECTORY: for ./streambed in STREAMBED_JAVA_OPTS, for Flink"
                + " in env\\.java\\.opts\\.all\\.");
    assertThat(embed.exitCode).isOne();
  }

  @Test
  void aHeapThatIsTooSmallForTheFileIsSaid() throws Exception {
    Path onnx = padded(100);

    Ended imported =
        run(
            "</dev/null",
            List.of("-Xmx64m"),
            "import",
            "--onnx",
            onnx.toString(),
            "--tokenizer",
            TOKENIZER,
            folder.resolve("model").toString());

    assertThat(imported.err.lines().toList())
        .last()
        .asString()
        .matches(
            "streambed: Java's heap of \\d+ MB is too small to import \\Q%s\\E \\(100 MB\\)\\. Give it"
                    .formatted(onnx)
                + " more with -Xmx556m: for ./streambed in STREAMBED_JAVA_OPTS\\.");
    assertThat(imported.exitCode).isOne();
    assertThat(folder.toFile().list()).containsExactly(onnx.getFileName().toString());
  }

  /** The tiny encoder with a description (field 6 of the model) that makes it larger. */
  private Path padded(int megabytes) throws IOException {
    Path file = folder.resolve("large.onnx");
    Files.copy(ENCODER, file);
    try (var out = new RandomAccessFile(file.toFile(), "rw")) {
      out.seek(out.length());
      out.write((6 << 3) | 2);
      int length = megabytes << 20;
      for (int rest = length; rest > 0; rest >>>= 7) {
        out.write(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
      }
      out.setLength(out.length() + length);
    }
    return file;
  }

  private record Ended(int exitCode, String out, String err) {}

  /** Runs the command by a shell that redirects its standard input or output. */
  private Ended run(String redirection, List<String> options, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", "-c", "exec \"$@\" " + redirection));
    command.add("bash");
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.addAll(options);
    command.add(Main.class.getName());
    command.addAll(List.of(arguments));
    Path err = Files.createTempFile("surroundings", ".err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
    builder.environment().put("CLASSPATH", CommandIT.classPath());
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Ended ended = new Ended(process.exitValue(), out, Files.readString(err));
    Files.delete(err);
    return ended;
  }
}
