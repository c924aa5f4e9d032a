package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar for Flink's lib/, in JVMs that have nothing else of Streambed and of its libraries. */
class SqlJarIT {
  private static final Path JAR = Path.of(System.getProperty("streambed.sql.jar", "absent"));

  /** The jar brings these itself. */
  private static final Pattern BROUGHT =
      Pattern.compile(
          ".*/(streambed-(schemas|embedder|operator|sql|jobs)-[^/]*|target/classes"
              + "|com/microsoft/onnxruntime/.*|ai/djl/.*|com/ibm/icu/.*|com/fasterxml/.*"
              + "|com/google/(code/gson|protobuf)/.*|org/apache/avro/.*"
              + "|com/github/ben-manes/.*)");

  @TempDir private Path folder;

  private List<String> run(String classPath, List<String> arguments) throws Exception {
    Path output = folder.resolve("output");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            JarProbe.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("CLASSPATH", classPath);
    Process process = builder.redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).as("ended in time").isTrue();
      assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    } finally {
      process.destroyForcibly();
    }
    return Files.readAllLines(output).stream().filter(line -> line.startsWith("VECTOR ")).toList();
  }

  private static String withoutWhatTheJarBrings() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !BROUGHT.matcher(entry.replace('\\', '/')).matches())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String expected() {
    try (var embedder =
        OnnxTextEmbedder.open(
            ModelDirectory.open(TinyModelDirectory.path()), EmbedderOptions.DEFAULT)) {
      float[] vector =
          embedder
              .embed(List.of(embedder.tokenise("the people of the world", null)))
              .get(0)
              .vector();
      return "VECTOR " + Arrays.toString(vector);
    }
  }

  @Test
  void embedsFromFlinksLib() throws Exception {
    assertThat(
            run(
                JAR + File.pathSeparator + withoutWhatTheJarBrings(),
                List.of(TinyModelDirectory.path().toString())))
        .containsExactly(expected(), expected());
  }

  @Test
  void embedsInTwoJobsOfAProcessThatAddTheJar() throws Exception {
    assertThat(
            run(
                withoutWhatTheJarBrings(),
                List.of(TinyModelDirectory.path().toString(), JAR.toString())))
        .containsExactly(expected(), expected());
  }

  @Test
  void hasNoClassesUnderNamesThatOthersHave() throws Exception {
    Set<String> packages = new TreeSet<>();
    try (JarFile jar = new JarFile(JAR.toFile())) {
      for (Enumeration<? extends ZipEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
        String name = entries.nextElement().getName();
        if (name.endsWith(".class") && !name.startsWith("META-INF/")) {
          packages.add(name.replaceFirst("^(\\w+/\\w+)/.*", "$1"));
        }
      }
    }

    assertThat(packages)
        .containsExactlyInAnyOrder(
            "ai/djl",
            "ai/onnxruntime",
            "com/github", // zstd, whose native library knows its classes' names
            "dev/streambed",
            "net/jpountz", // lz4, likewise
            "org/apiguardian");
  }
}
