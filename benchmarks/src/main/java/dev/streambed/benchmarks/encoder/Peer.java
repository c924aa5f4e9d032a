package dev.streambed.benchmarks.encoder;

import dev.streambed.benchmarks.contestant.ContestantProcess;
import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.PeerPrograms;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    PeerPrograms.run(
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
    Path folder = PeerPrograms.npm(label(), work, progress);
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
}
