package dev.streambed.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a project of its own, with a java and an mvn that print their arguments. */
class LauncherIT {
  private static final Path LAUNCHER = Path.of("../streambed");

  private static final String JAVA =
      """
      #!/usr/bin/env bash
      if [[ $1 == -version ]]; then echo 'openjdk version "17.0.15" 2025-04-15' >&2; exit; fi
      cat "${1#@}"
      for argument in "${@:2}"; do printf '<%s>' "$argument"; done
      """;

  private static final String MVN =
      """
      #!/usr/bin/env bash
      echo "$PWD: $*" >> "$(dirname "$0")/mvn.log"
      echo '[INFO] Building Streambed cli 0.1.0-SNAPSHOT      [1/1]'
      sleep 0.5
      mkdir -p cli/target/classes broker/classpath/target sql/shell/target/classes
      touch broker/classpath/target/classpath.txt
      printf %s "$PWD/library.jar" | tee sql/shell/target/classpath.txt > cli/target/classpath.txt
      """;

  @TempDir private Path folder;
  private Path root = Path.of("");
  private Path tools = Path.of("");

  private record Run(int code, String out, String err) {}

  @BeforeEach
  void makeAProject() throws IOException {
    root = Files.createDirectories(folder.resolve("a project"));
    tools = Files.createDirectories(folder.resolve("tools"));
    Files.createDirectories(root.resolve(".mvn"));
    Files.createDirectories(root.resolve("cli/src/main/java"));
    Files.createDirectories(root.resolve("broker/classpath"));
    for (String file :
        List.of("pom.xml", "cli/pom.xml", "broker/classpath/pom.xml", "library.jar")) {
      Files.createFile(root.resolve(file));
    }
    Files.writeString(root.resolve("cli/src/main/java/Main.java"), "class Main {}");
    age(root);
    Files.copy(LAUNCHER, root.resolve("streambed"));
    script(root.resolve("streambed"), null);
    script(tools.resolve("java"), JAVA);
    script(tools.resolve("javac"), JAVA);
    script(tools.resolve("mvn"), MVN);
  }

  @Test
  void buildsOnFirstUseAndThenRuns() throws Exception {
    Run run = launch("embed", "two words", "", "*");

    assertThat(run.err)
        .contains("streambed: building;")
        .contains("streambed: Building Streambed cli 0.1.0-SNAPSHOT      [1/1]\n")
        .endsWith("streambed: built\n");
    assertThat(run.out)
        .contains("--add-opens=java.base/java.util=ALL-UNNAMED\n")
        .contains("--enable-native-access=ALL-UNNAMED\n")
        .contains(
            "-cp \"%s/cli/target/classes:%s/library.jar\"\n"
                .formatted(root.toRealPath(), root.toRealPath()))
        .endsWith("<dev.streambed.cli.Main><embed><two words><><*>");
    assertThat(builds())
        .containsExactly(
            root.toRealPath()
                + ": -B process-classes -pl cli -am -Dspotless.check.skip=true -Denforcer.skip=true");
  }

  @Test
  void doesNotBuildAgainAndSaysNothingThen() throws Exception {
    launch();

    Run run = launch();

    assertThat(run.err).isEmpty();
    assertThat(builds()).hasSize(1);
  }

  @Test
  void buildsAgainWhenASourceIsNewerOrGoneOrAJarIsGone() throws Exception {
    launch();
    Path source = root.resolve("cli/src/main/java/Main.java");
    List<Path> changed =
        List.of(source, root.resolve("cli/pom.xml"), root.resolve("broker/classpath/pom.xml"));
    for (Path file : changed) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(5)));
      launch();
      Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    }
    assertThat(builds()).hasSize(4);

    Files.delete(source);
    Files.setLastModifiedTime(source.getParent(), FileTime.from(Instant.now().plusSeconds(5)));
    launch();
    assertThat(builds()).hasSize(5);

    Files.setLastModifiedTime(source.getParent(), FileTime.from(Instant.EPOCH));
    Files.delete(root.resolve("library.jar"));
    launch();
    assertThat(builds()).hasSize(6);
  }

  @Test
  void buildsAgainInACopy() throws Exception {
    launch();
    root = Files.move(root, folder.resolve("copy"));

    assertThat(launch().out).contains("copy/cli/target/classes").doesNotContain("a project");
  }

  @Test
  void worksThroughLinksFromAnotherDirectory() throws Exception {
    Path direct = Files.createSymbolicLink(folder.resolve("direct"), root.resolve("streambed"));
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path relative = Files.createSymbolicLink(bin.resolve("streambed"), Path.of("../direct"));

    assertThat(run(folder, direct, path()).code).isZero();
    Run run = run(bin, relative, path(), "--help");

    assertThat(run.out).endsWith("<dev.streambed.cli.Main><--help>");
    assertThat(builds()).hasSize(1);
  }

  @Test
  void ofSeveralFirstUsesAtOnceOneBuilds() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      processes.add(builder(folder, root.resolve("streambed"), path()).start());
    }
    for (Process process : processes) {
      assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .endsWith("<dev.streambed.cli.Main>");
      assertThat(process.waitFor()).isZero();
    }

    assertThat(builds()).hasSize(1);
  }

  @Test
  void aFailedBuildIsShownAndTriedAgain() throws Exception {
    script(
        tools.resolve("mvn"),
        "#!/usr/bin/env bash\necho '[INFO] fine'\necho '[ERROR] Main.java:[1,1] wrong'\nexit 1\n");

    Run failed = launch();

    assertThat(failed.code).isOne();
    assertThat(failed.out).isEmpty();
    assertThat(failed.err)
        .endsWith(
            "[ERROR] Main.java:[1,1] wrong\nstreambed: the build failed; its whole output is in %s/target/launcher/build.log\n"
                .formatted(root.toRealPath()));
    script(tools.resolve("mvn"), MVN);
    assertThat(launch().code).isZero();
  }

  @Test
  void aBuildForAnotherCommandThatDidNotEndIsMadeAgain() throws Exception {
    launch();
    Files.createDirectories(root.resolve("benchmarks/target"));
    script(
        tools.resolve("mvn"),
        "#!/usr/bin/env bash\nkill -9 $PPID\n"); // half of the classes are gone
    assertThat(launch("benchmark").code).isNotZero();
    script(tools.resolve("mvn"), MVN);

    Run run = launch();

    assertThat(run.code).isZero();
    assertThat(run.err).contains("streambed: building;");
    assertThat(builds()).hasSize(2);
    assertThat(launch().err).isEmpty();
  }

  @Test
  void buildsTheSqlClientForSqlAlone() throws Exception {
    launch("sql");
    launch("sql");
    launch();

    assertThat(builds().get(0)).contains(" -pl cli,sql/shell -am ");
    assertThat(builds().get(1)).contains(" -pl cli -am ");
  }

  @Test
  void saysThatMavenIsMissing() throws Exception {
    Run run = run(folder, root.resolve("streambed"), pathWithoutMaven());

    assertThat(run.code).isOne();
    assertThat(run.err)
        .isEqualTo(
            "streambed: There is no mvn. Install Maven 3.8.7 or newer: the first use builds Streambed.\n");
  }

  @Test
  void saysThatJavaIsTooOld() throws Exception {
    script(tools.resolve("java"), "#!/usr/bin/env bash\necho 'java version \"1.8.0_402\"' >&2\n");

    Run run = launch();

    assertThat(run.code).isOne();
    assertThat(run.err)
        .isEqualTo(
            "streambed: %s/java is Java 8; a JDK 17 or newer is needed. Install one, or set JAVA_HOME to it.\n"
                .formatted(tools));
  }

  @Test
  void saysThatJavaHomeIsWrong() throws Exception {
    ProcessBuilder builder = builder(folder, root.resolve("streambed"), path());
    builder.environment().put("JAVA_HOME", "/nowhere");

    Run run = finish(builder.start());

    assertThat(run.code).isOne();
    assertThat(run.err)
        .isEqualTo(
            "streambed: JAVA_HOME is /nowhere, where there is no bin/java. Set it to a JDK 17 or newer.\n");
  }

  private Run launch(String... arguments) throws Exception {
    return run(folder, root.resolve("streambed"), path(), arguments);
  }

  private static Run run(Path directory, Path script, String path, String... arguments)
      throws Exception {
    return finish(builder(directory, script, path, arguments).start());
  }

  private static Run finish(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, err);
  }

  private static ProcessBuilder builder(
      Path directory, Path script, String path, String... arguments) {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put("PATH", path);
    builder.environment().remove("JAVA_HOME");
    builder.environment().remove("STREAMBED_JAVA_OPTS");
    return builder;
  }

  private String path() {
    return tools + ":" + System.getenv("PATH");
  }

  /** Our tools, and the system's tools that the launcher needs: no mvn among them. */
  private String pathWithoutMaven() throws IOException {
    Files.delete(tools.resolve("mvn"));
    for (String tool :
        List.of("bash", "dirname", "basename", "readlink", "sed", "head", "mkdir", "flock")) {
      script(tools.resolve(tool), "#!/bin/bash\nexec /usr/bin/%s \"$@\"\n".formatted(tool));
    }
    return tools.toString();
  }

  private List<String> builds() throws IOException {
    return Files.readAllLines(tools.resolve("mvn.log"));
  }

  private static void script(Path file, @org.jspecify.annotations.Nullable String content)
      throws IOException {
    if (content != null) {
      Files.writeString(file, content);
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void age(Path tree) throws IOException {
    try (var files = Files.walk(tree)) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
      }
    }
  }
}
