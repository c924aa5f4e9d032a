package dev.streambed.e2e.deployment;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.e2e.harness.FlinkDirectory;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands and settings of deploy/Dockerfile, run in an empty directory in place of an image.
 */
class ImageIT {
  private static final long LIMIT_SECONDS = 120;

  /** The parts of ONNX Runtime and the tokenisers; in the image they lie in Flink's lib/. */
  private static final Pattern LIBRARY =
      Pattern.compile(
          ".*/(onnxruntime|tokenizers|api|gson|commons-(compress|codec|io))-\\d[^/]*\\.jar");

  private static final Path TINY_MODEL =
      DeploymentFiles.ROOT.resolve("embedder/src/test/resources/tiny-model");

  private static Path image;

  @TempDir private Path folder;

  /** As deploy/image/build does; what is in it is not changed. */
  @BeforeAll
  static void assemble(@TempDir Path built) throws Exception {
    Path libraries = Files.createDirectory(built.resolve("libraries"));
    for (Path entry : classPath()) {
      if (LIBRARY.matcher(entry.toString()).matches()) {
        Files.copy(entry, libraries.resolve(entry.getFileName()));
      }
    }
    Path list = built.resolve("class-path");
    Files.write(list, classPath().stream().map(Path::toString).toList());
    image = built.resolve("image");
    ScriptRun assemble =
        ScriptRun.of(
            "assemble", FlinkDirectory.jobJar().toString(), libraries.toString(), image.toString());
    assertThat(assemble.exitCode()).as(assemble.printed()).isZero();
    ScriptRun server =
        ScriptRun.of(
            "assemble-serve",
            list.toString(),
            image.resolve("lib").toString(),
            image.resolve("serve").toString());
    assertThat(server.exitCode()).as(server.printed()).isZero();
  }

  private static List<Path> classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .toList();
  }

  @Test
  void servesFromItsOwnJarsWithoutFlinkAndUnpacksNothing() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    var builder =
        new ProcessBuilder(script("serve"), TINY_MODEL.toString(), "--port", "0")
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder
        .command()
        .addAll(List.of("--topic", "embeddings", "--bootstrap-servers", "localhost:9"));
    builder.environment().putAll(environment(image));
    builder.environment().put("STREAMBED_HOME", image.toString());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().put("STREAMBED_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary);
    Process serve = builder.start();
    try {
      String ready = String.valueOf(serve.inputReader().readLine());
      assertThat(ready).startsWith("Serving tiny at http://127.0.0.1:");
      URI url = URI.create(ready.split(" ", -1)[3]);

      assertThat(ScriptRun.of("server-is-healthy", Integer.toString(url.getPort())))
          .isEqualTo(new ScriptRun(0, ""));
      assertThat(embed(url)).matches("\\[\\[(-?[0-9.E-]+,?){8}]]");
      assertThat(get(url.resolve("/page/api/topic"))).startsWith("{\"topic\":\"embeddings\",");
      serve.toHandle().destroy();
      assertThat(serve.waitFor()).isZero();
    } finally {
      serve.destroyForcibly();
    }

    try (Stream<Path> jars = Files.list(image.resolve("serve"))) {
      assertThat(jars.map(jar -> jar.getFileName().toString()))
          .noneMatch(jar -> jar.startsWith("flink") || jar.contains("langchain4j"));
    }
    try (Stream<Path> files = Files.walk(temporary)) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  private static String embed(URI url) throws Exception {
    return body(
        HttpRequest.newBuilder(url.resolve("/embed"))
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString("{\"inputs\":\"the dog bites the man\"}")));
  }

  private static String get(URI url) throws Exception {
    return body(HttpRequest.newBuilder(url));
  }

  private static String body(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString()).body();
  }

  @Test
  void loadsItsUnpackedLibrariesForOneSubmissionAfterAnother() throws Exception {
    List<String> classPath = new ArrayList<>();
    for (Path entry : classPath()) {
      boolean isOurs = entry.toString().contains("streambed") || entry.endsWith("target/classes");
      if (!isOurs && !LIBRARY.matcher(entry.toString()).matches()) {
        classPath.add(entry.toString());
      }
    }
    // And now as in the image, where nothing need be unpacked.
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    classPath.add(image.resolve("lib").resolve("*").toString());
    classPath.add(Path.of("target/test-classes").toAbsolutePath().toString());
    Ended probe =
        run(
            environment(image),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djava.io.tmpdir=" + temporary,
            "-cp",
            String.join(File.pathSeparator, classPath),
            ImageProbe.class.getName(),
            image.resolve("usrlib/streambed-job.jar").toString(),
            TINY_MODEL.toString());

    assertThat(probe.exitCode).as(probe.printed).isZero();
    assertThat(probe.printed).contains("first submission", "second submission");
    try (Stream<Path> files = Files.walk(temporary)) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void startsAnApplicationFromItsLastCheckpoint() throws Exception {
    Path checkpoints = Files.createDirectory(folder.resolve("checkpoints"));
    Files.createDirectories(checkpoints.resolve("job/chk-9")); // not complete
    complete(checkpoints.resolve("job/chk-7"), 1);
    complete(checkpoints.resolve("job/chk-8"), 2);

    assertThat(startApplication(checkpoints))
        .contains("standalone-job --job-classname dev.streambed.jobs.EmbedTopicJob")
        .contains(" --fromSavepoint %s/job/chk-8 pipeline.yaml".formatted(checkpoints));
  }

  @Test
  void startsAnApplicationFromASavepointThatIsNewer() throws Exception {
    Path checkpoints = Files.createDirectory(folder.resolve("checkpoints"));
    complete(checkpoints.resolve("job/chk-8"), 2);
    complete(checkpoints.resolve("savepoint-1"), 3);

    assertThat(startApplication(checkpoints))
        .contains(" --fromSavepoint %s/savepoint-1 pipeline.yaml".formatted(checkpoints));
  }

  @Test
  void startsAnApplicationForTheFirstTime() throws Exception {
    assertThat(startApplication(Files.createDirectory(folder.resolve("checkpoints"))))
        .contains("this is the first start")
        .doesNotContain("--fromSavepoint");
  }

  @Test
  void providesTheDefaultModelOnceAndLeavesOthersAlone() throws Exception {
    Path volume = Files.createDirectory(folder.resolve("volume"));
    Files.createDirectory(volume.resolve("mine"));
    Path models = Files.createDirectory(folder.resolve("models"));
    Files.createDirectory(models.resolve("tiny"));
    Files.writeString(models.resolve("tiny/model.onnx"), "1");

    Ended first = run(Map.of(), script("provide-model"), volume.toString(), models.toString());
    Files.writeString(models.resolve("tiny/model.onnx"), "2");
    Ended second = run(Map.of(), script("provide-model"), volume.toString(), models.toString());

    assertThat(List.of(first.exitCode, second.exitCode)).containsOnly(0);
    assertThat(volume.resolve("tiny/model.onnx")).hasContent("1");
    try (Stream<Path> entries = Files.list(volume)) {
      assertThat(entries)
          .extracting(Path::getFileName)
          .extracting(Path::toString)
          .containsExactlyInAnyOrder("mine", "tiny");
    }
  }

  @Test
  void collectsTheLibrariesOfCuda() throws Exception {
    Path root = Files.createDirectories(folder.resolve("cuda/lib"));
    for (String library :
        List.of(
            "libcudart.so.12",
            "libcublas.so.12",
            "libcublasLt.so.12",
            "libcurand.so.10",
            "libnvrtc.so.12",
            "libcudnn.so.9")) {
      Files.writeString(root.resolve(library + ".1"), library);
      Files.createSymbolicLink(root.resolve(library), Path.of(library + ".1"));
    }
    Map<String, String> environment = Map.of("CUDA_ROOT", root.toString());
    String out = folder.resolve("out").toString();

    Ended complete = run(environment, script("collect-cuda"), out);
    Files.delete(root.resolve("libcurand.so.10"));
    Ended incomplete = run(environment, script("collect-cuda"), out);

    assertThat(complete.exitCode).as(complete.printed).isZero();
    assertThat(Path.of(out, "libcublasLt.so.12")).isRegularFile().hasContent("libcublasLt.so.12");
    assertThat(incomplete.exitCode).isEqualTo(1);
    assertThat(incomplete.printed).contains("there is no libcurand.so.10");
  }

  private String startApplication(Path checkpoints) throws Exception {
    Path entryPoint = folder.resolve("entry-point");
    Files.writeString(entryPoint, "#!/bin/sh\necho \"$@\"\n");
    assertThat(entryPoint.toFile().setExecutable(true)).isTrue();
    Files.writeString(folder.resolve("pipeline.yaml"), "");
    Ended ended =
        run(
            Map.of("STREAMBED_ENTRYPOINT", entryPoint.toString()),
            script("start-application"),
            "pipeline.yaml",
            checkpoints.toString());
    assertThat(ended.exitCode).as(ended.printed).isZero();
    return ended.printed.strip();
  }

  private static void complete(Path checkpoint, long second) throws IOException {
    Path metadata = Files.createDirectories(checkpoint).resolve("_metadata");
    Files.setLastModifiedTime(Files.createFile(metadata), FileTime.from(second, SECONDS));
  }

  /** The variables that the Dockerfile sets, with this directory in place of the image's. */
  private static Map<String, String> environment(Path image) throws IOException {
    String dockerfile = DeploymentFiles.text("deploy/Dockerfile");
    return Map.of(
        "JAVA_TOOL_OPTIONS", variable(dockerfile, "JAVA_TOOL_OPTIONS=\"(.*)\"", image),
        "RUST_LIBRARY_PATH", variable(dockerfile, "RUST_LIBRARY_PATH=(\\S+)", image));
  }

  private static String variable(String dockerfile, String pattern, Path image) {
    Matcher matcher = Pattern.compile(pattern).matcher(dockerfile);
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group(1).replace("/opt/streambed", image.toString());
  }

  private static String script(String name) {
    return DeploymentFiles.ROOT.resolve("deploy/image").resolve(name).toString();
  }

  private record Ended(int exitCode, String printed) {}

  private Ended run(Map<String, String> environment, String... command) throws Exception {
    Path output = Files.createTempFile(folder, "command", ".out");
    var builder =
        new ProcessBuilder(Arrays.asList(command))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(LIMIT_SECONDS, SECONDS)).as(command[0]).isTrue();
      return new Ended(process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
    }
  }
}
