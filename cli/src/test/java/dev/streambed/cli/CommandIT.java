package dev.streambed.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The command in a process of its own: streams, exit codes, signals. */
class CommandIT {
  private static final String TINY = "../embedder/src/test/resources/tiny-model";
  private static final String ENCODER = "../importer/src/test/resources/tiny-encoder.onnx";
  private static final String TOKENIZER = "../importer/src/test/resources/tiny-tokenizer.json";

  @TempDir private Path folder;

  @Test
  void standardOutputHoldsResultsAloneInUtf8WhateverTheLocale() throws Exception {
    Process process =
        start(
            Map.of("LC_ALL", "C"),
            "embed",
            "--model",
            TINY,
            "--prompt",
            "none",
            "--dimensions",
            "4");
    process.getOutputStream().write("naïve 𝄞 dog\n".getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();

    String out = all(process.getInputStream());

    assertThat(process.waitFor()).isZero();
    assertThat(out)
        .matches(
            "\\{\"text\":\"naïve 𝄞 dog\",\"tokens\":\\d+,\"truncated\":false,\"embedding\":\\[(-?[0-9.E-]+,){3}-?[0-9.E-]+]}\n");
    assertThat(all(process.getErrorStream()).lines()) // a slow machine may say that it loads
        .allMatch(line -> line.startsWith("streambed: "));
  }

  @Test
  void aReaderThatHasSeenEnoughEndsItQuietly() throws Exception {
    Path input =
        Files.writeString(folder.resolve("input"), "the dog bites the man\n".repeat(50_000));
    Process process = start(Map.of(), "embed", "--model", TINY, input.toString());

    process.getInputStream().read(new byte[10]);
    process.getInputStream().close();

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(all(process.getErrorStream())).doesNotContain("rror").doesNotContain("Exception");
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void aSignalEndsItAtOnce() throws Exception {
    Process process = start(Map.of(), "embed", "--model", TINY);
    process.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    process.getInputStream().read(); // it runs, and waits for more input

    process.destroy();

    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void importsInspectsAndUsesAModel() throws Exception {
    String model = folder.resolve("model").toString();

    Process imported =
        start(
            Map.of(),
            "import",
            "--onnx",
            ENCODER,
            "--tokenizer",
            TOKENIZER,
            model,
            "--pooling",
            "cls",
            "--max-tokens",
            "16",
            "--name",
            "mine",
            "--prompt",
            "query=a=b: ",
            "--dimensions",
            "2");
    String result = all(imported.getInputStream());
    // sha256sum of tiny-encoder.onnx begins with these digits
    String space = "streambed://text-embedding@1/mine@dd397c130918?dimensions=8&pooling=cls";
    Process inspected = start(Map.of(), "inspect", model);
    String description = all(inspected.getInputStream());

    assertThat(imported.waitFor()).isZero();
    assertThat(result)
        .isEqualTo(
            """
            Imported mine into %s: 2 to 8 dimensions, at most 16 tokens, cls pooling, fp32.
            The space of its vectors: %s
            """
                .formatted(model, space));
    assertThat(all(imported.getErrorStream())).contains("streambed: Trying the model\n");
    assertThat(inspected.waitFor()).isZero();
    assertThat(description)
        .containsPattern("name: +mine\n")
        .containsPattern("space: +" + Pattern.quote(space) + "\n")
        .containsPattern("dimensions: +2 to 8\n")
        .containsPattern("pooling: +cls\n")
        .containsPattern("special tokens: +are text when they stand in a text\n")
        .containsPattern("prompt: +query = 'a=b: '\n")
        .containsPattern("device: +CPU, \\d+ cores?\n")
        .containsPattern("speed: +[0-9,]+ tokens/s, ")
        .containsPattern("memory: +");
  }

  @Test
  void embedsOnlyForVectorsOfItsOwnSpace() throws Exception {
    String own = "streambed://text-embedding@1/tiny@dd397c130918?dimensions=4";
    String other = "streambed://text-embedding@1/small@dd397c130918?dimensions=4";
    Path input = Files.writeString(folder.resolve("input"), "dog\n");

    Process embeds = start(Map.of(), "embed", "--model", TINY, "--space", own, input.toString());
    String out = all(embeds.getInputStream());
    Process refuses = start(Map.of(), "embed", "--model", TINY, "--space", other, input.toString());
    String refusal = all(refuses.getErrorStream());

    assertThat(embeds.waitFor()).isZero();
    assertThat(out).containsPattern("\"embedding\":\\[([^,]+,){3}[^,]+]"); // 4 dimensions
    assertThat(refuses.waitFor()).isOne();
    assertThat(refusal)
        .contains(
            "streambed: Model directory %s gives vectors of %s; they do not compare with those of %s. Name the model directory that made those with --model, or import its source again."
                .formatted(TINY, own, other));
    assertThat(all(refuses.getInputStream())).isEmpty();
  }

  @Test
  @DisabledIfSystemProperty(named = "streambed.gpu", matches = "true")
  void saysThatThisBuildHasNoGpuSupport() throws Exception {
    Process demanded = start(Map.of(), "inspect", TINY, "--device", "cuda");
    String refusal = all(demanded.getErrorStream());
    Process wished = start(Map.of(), "inspect", TINY, "--device", "auto");
    String description = all(wished.getInputStream());

    assertThat(demanded.waitFor()).isOne();
    assertThat(refusal)
        .contains(
            "streambed: Cannot run on cuda: this build of Streambed has no GPU support. Build it with: mvn package -Pgpu");
    assertThat(wished.waitFor()).isZero();
    assertThat(description)
        .containsPattern("device: +CPU, \\d+ cores?; not a GPU: Cannot run on cuda:0: ")
        .containsPattern("nodes run: +\\d+ on CPUExecutionProvider\n");
  }

  @Test
  void aRefusedModelIsExplainedInOneLineAndLeavesNothing() throws Exception {
    Path empty = Files.createFile(folder.resolve("empty.onnx"));

    Process process =
        start(
            Map.of(),
            "import",
            "--onnx",
            empty.toString(),
            "--tokenizer",
            TOKENIZER,
            folder.resolve("m").toString());
    String err = all(process.getErrorStream());

    assertThat(process.waitFor()).isOne();
    assertThat(err)
        .endsWith(
            "streambed: Reading %s\nstreambed: ONNX file %s is empty (0 bytes).\n"
                .formatted(empty, empty));
    assertThat(folder.toFile().list()).containsExactly("empty.onnx");
  }

  private static String all(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  static Process start(Map<String, String> environment, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.add(Main.class.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", classPath());
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** Without the test classes, whose log settings are not those of the command. */
  static String classPath() {
    return Pattern.compile(Pattern.quote(File.pathSeparator))
        .splitAsStream(System.getProperty("java.class.path"))
        .filter(entry -> !entry.endsWith("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
