package dev.streambed.e2e.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.e2e.harness.FlinkDirectory;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job's ONNX Runtime beside that of another job in one process, each in a class loader of its
 * own: docs/decisions/0123.
 */
@EnabledOnOs(OS.LINUX)
class OwnRuntimeIT {
  /** The version of the library's symbols, as its linker has it. */
  private static final String VERSION = "VERS_1.28.0";

  private static final String OTHER_VERSION = "VERS_9.99.9";

  @TempDir private static Path folder;

  private static Path job;
  private static Path plain;
  private static Path other;

  @BeforeAll
  static void makeAnotherVersion() throws IOException {
    job = FlinkDirectory.jobJar();
    plain =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(jar -> jar.getFileName().toString().startsWith("onnxruntime"))
            .findFirst()
            .orElseThrow();
    other = folder.resolve("other.jar");
    rename(plain, other);
  }

  @Test
  void loadsAfterAnotherVersion() throws Exception {
    assertThat(load(other, job)).containsExactly("1.28.0", "1.28.0");
  }

  @Test
  void loadsBeforeAnotherVersion() throws Exception {
    assertThat(load(job, other)).containsExactly("1.28.0", "1.28.0");
  }

  /** Shows that the two tests above can fail. */
  @Test
  void libraryOfTheUsualNameDoesNotLoadAfterAnotherVersion() throws Exception {
    assertThat(load(other, plain))
        .hasSize(2)
        .startsWith("1.28.0")
        .last()
        .asString()
        .contains("version `" + VERSION + "' not found");
  }

  /** Prints a line for each jar: the version, or why it does not load. */
  private static List<String> load(Path... jars)
      throws IOException, InterruptedException, URISyntaxException {
    Path classes =
        Path.of(RuntimeProbe.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classes.toString(),
                RuntimeProbe.class.getName()));
    Arrays.stream(jars).map(Path::toString).forEach(command::add);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.lines().toList();
  }

  /** Copies a jar, its libraries for Linux with symbols of another version. */
  private static void rename(Path from, Path to) throws IOException {
    try (var jar = new JarFile(from.toFile());
        var copy = new JarOutputStream(Files.newOutputStream(to))) {
      copy.setLevel(0);
      for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
        JarEntry entry = entries.nextElement();
        boolean isLibrary = entry.getName().matches("ai/onnxruntime/native/linux-[^/]+/.*[.]so");
        if (entry.getName().endsWith(".class") || isLibrary) {
          copy.putNextEntry(new JarEntry(entry.getName()));
          try (InputStream in = jar.getInputStream(entry)) {
            copy.write(isLibrary ? otherVersion(in.readAllBytes()) : in.readAllBytes());
          }
        }
      }
    }
  }

  private static byte[] otherVersion(byte[] library) {
    byte[] from = VERSION.getBytes(StandardCharsets.US_ASCII);
    byte[] to = OTHER_VERSION.getBytes(StandardCharsets.US_ASCII);
    var changed = new ByteArrayOutputStream(library.length);
    int at = 0;
    while (at < library.length) {
      boolean isThere =
          at + from.length <= library.length
              && Arrays.equals(library, at, at + from.length, from, 0, from.length);
      if (isThere) {
        changed.writeBytes(to);
        at += from.length;
      } else {
        changed.write(library[at++]);
      }
    }
    return changed.toByteArray();
  }
}
