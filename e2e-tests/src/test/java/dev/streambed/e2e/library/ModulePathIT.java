package dev.streambed.e2e.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Java program of modules that embeds a text. */
class ModulePathIT {
  /** The jars that the embedder brings along, by the beginning of their names. */
  private static final List<String> JARS =
      List.of(
          "streambed-embedder-",
          "onnxruntime",
          "tokenizers-",
          "api-",
          "gson-",
          "commons-compress-",
          "commons-io-",
          "commons-lang3-",
          "jackson-core-",
          "jackson-databind-",
          "jackson-annotations-",
          "caffeine-",
          "slf4j-api-",
          "jspecify-",
          "apiguardian-api-",
          "error_prone_annotations-");

  @TempDir private Path directory;

  @Test
  void aProgramOfModulesEmbeds() throws Exception {
    Path source = Path.of("../docs/examples/article-job/src/main/java/com/example/Embed.java");
    Path module = directory.resolve("module-info.java");
    Files.writeString(module, moduleOfTheGuide());
    Path classes = directory.resolve("classes");
    String modulePath = modulePath();

    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-Werror",
                "--module-path",
                modulePath,
                "-d",
                classes.toString(),
                module.toString(),
                source.toString());
    assertThat(compiled).isZero();
    assertThat(run(modulePath + File.pathSeparator + classes)).endsWith("8 2\n");
  }

  private static String moduleOfTheGuide() throws IOException {
    String guide = Files.readString(Path.of("../docs/library.md"));
    int begin = guide.indexOf("    module app {");
    return guide.substring(begin, guide.indexOf('}', begin) + 1);
  }

  private String run(String modulePath) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--module-path", modulePath, "--module", "app/com.example.Embed"));
    command.add("../embedder/src/test/resources/tiny-model");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private static String modulePath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .filter(jar -> JARS.stream().anyMatch(jar.getFileName().toString()::startsWith))
        .filter(jar -> !jar.getFileName().toString().endsWith("-tests.jar"))
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }
}
