package dev.streambed.benchmarks.encoder;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the process of each contestant is started. */
enum Peer {
  LIMIT,
  STREAMBED,
  LANGCHAIN4J,
  SPRING_AI,
  TRANSFORMERS_JS;

  private static final String CLASS_PATH_GOAL =
      "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath";
  private static final int MINUTES_TO_FETCH = 10;

  /** As in the option --only and in the folder benchmarks/peers. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Reads what {@link #label} gives. */
  static final class FromLabel implements ITypeConverter<Peer> {
    @Override
    public Peer convert(String label) {
      for (Peer peer : values()) {
        if (peer.label().equals(label)) {
          return peer;
        }
      }
      throw new TypeConversionException(
          "'%s' is none of %s."
              .formatted(label, Arrays.stream(values()).map(Peer::label).toList()));
    }
  }

  /** Whether the benchmark can do without it: its registry may be out of reach. */
  boolean isForeign() {
    return this != LIMIT && this != STREAMBED;
  }

  /**
   * Fetches what it needs, starts it and loads its model.
   *
   * @throws IOException if it cannot be had; the message says why
   */
  ContestantProcess start(Path texts, ModelFiles model, Path work, Consumer<String> progress)
      throws IOException, InterruptedException {
    List<String> arguments = List.of(texts.toString(), model.folder().toString());
    List<String> command =
        new ArrayList<>(
            switch (this) {
              case LIMIT -> java(System.getProperty("java.class.path"), LimitContestant.class);
              case STREAMBED ->
                  java(System.getProperty("java.class.path"), StreambedContestant.class);
              case LANGCHAIN4J -> peerJava("LangChain4jPeer.java", work, progress);
              case SPRING_AI -> peerJava("SpringAiPeer.java", work, progress);
              case TRANSFORMERS_JS -> node(work, progress);
            });
    command.addAll(arguments);
    progress.accept("starting " + label());
    // DJL would ask the network otherwise, and write into the home directory.
    Map<String, String> environment = Map.of("DJL_CACHE_DIR", work.resolve("djl").toString());
    return ContestantProcess.start(label(), command, environment, work);
  }

  private static List<String> java(String classPath, Class<?> main) {
    List<String> command = javaOptions(classPath);
    command.add(main.getName());
    return command;
  }

  /** A source file is run as it is: it needs the JDK, the peer's jars and our protocol. */
  private List<String> peerJava(String source, Path work, Consumer<String> progress)
      throws IOException, InterruptedException {
    Path folder = BenchmarkFolders.peers().resolve(label());
    Path classPath = work.resolve(label() + ".classpath");
    progress.accept("fetching " + label() + " with Maven");
    run(
        List.of(
            "mvn",
            "-B",
            "-ntp",
            "-q",
            "-f",
            folder.resolve("pom.xml").toString(),
            CLASS_PATH_GOAL,
            "-Dmdep.outputFile=" + classPath),
        work,
        label() + "-fetch");
    List<String> command =
        javaOptions(
            Files.readString(classPath).strip() + File.pathSeparator + BenchmarkFolders.classes());
    command.add(folder.resolve(source).toString());
    return command;
  }

  private List<String> node(Path work, Consumer<String> progress)
      throws IOException, InterruptedException {
    Path source = BenchmarkFolders.peers().resolve(label());
    Path folder = Files.createDirectories(work.resolve(label()));
    for (String file : List.of("package.json", "package-lock.json", "peer.mjs")) {
      if (Files.exists(source.resolve(file))) {
        Files.write(folder.resolve(file), Files.readAllBytes(source.resolve(file)));
      }
    }
    progress.accept("fetching " + label() + " with npm");
    // Its install scripts would download a CUDA build; the CPU build is in the package.
    run(
        List.of(
            "npm",
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
            folder.toString()),
        work,
        label() + "-fetch");
    return List.of("node", folder.resolve("peer.mjs").toString());
  }

  private static List<String> javaOptions(String classPath) {
    return new ArrayList<>(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms1g",
            "-Xmx3g",
            "-Dai.djl.offline=true",
            "-DOPT_OUT_TRACKING=true",
            "-DRUST_FLAVOR=cpu",
            "-cp",
            classPath));
  }

  private static void run(List<String> command, Path work, String name)
      throws IOException, InterruptedException {
    Path log = work.resolve(name + ".log");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .start();
    } catch (IOException e) {
      throw new IOException("Cannot run " + command.get(0) + ": " + e.getMessage(), e);
    }
    if (!process.waitFor(MINUTES_TO_FETCH, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException(
          "%s did not end within %d minutes; its log is %s."
              .formatted(command.get(0), MINUTES_TO_FETCH, log));
    }
    if (process.exitValue() != 0) {
      List<String> errors =
          Files.readAllLines(log).stream()
              .filter(line -> line.contains("ERROR") || line.contains("ERR!"))
              .limit(2)
              .toList();
      throw new IOException(
          "%s ended with exit code %d: %s (log: %s)"
              .formatted(command.get(0), process.exitValue(), String.join(" ", errors), log));
    }
  }
}
