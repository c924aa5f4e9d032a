package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InvalidModelException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {
  private static final String WHAT_TO_DO =
      "name another one with -Djava.io.tmpdir=DIRECTORY: for ./streambed in STREAMBED_JAVA_OPTS,"
          + " for Flink in env.java.opts.all.";

  @TempDir private Path folder;

  @Test
  void namesADirectoryThatIsMissing() {
    Path missing = folder.resolve("missing");

    assertThat(NativeLibraries.explain("ONNX Runtime", missing, new UnsatisfiedLinkError()))
        .isEqualTo(
            "Cannot load ONNX Runtime: there is no directory %s to unpack its native library into; %s"
                .formatted(missing, WHAT_TO_DO));
  }

  @Test
  void saysWhyALibraryDoesNotLoadFromADirectoryThatIsThere() {
    Throwable failure =
        new ExceptionInInitializerError(
            new UnsatisfiedLinkError("failed to map segment from shared object"));

    assertThat(NativeLibraries.explain("ONNX Runtime", folder, failure))
        .isEqualTo(
            "Cannot load ONNX Runtime from %s: failed to map segment from shared object. If that"
                    .formatted(folder)
                + " directory forbids programs (noexec) or is full, "
                + WHAT_TO_DO);
  }

  @Test
  void saysThatAnotherVersionIsLoaded() {
    String linker =
        "/tmp/libonnxruntime.so: version `VERS_1.28.0' not found (required by /tmp/j.so)";

    assertThat(NativeLibraries.explain("ONNX Runtime", folder, new UnsatisfiedLinkError(linker)))
        .isEqualTo(
            "Cannot load ONNX Runtime: %s. This process has loaded another version of it, for another job or library, and can hold one alone. Let the two run in processes of their own, or with the same version."
                .formatted(linker));
  }

  @Test
  void anErrorOfTheLinkerIsAModelThatCannotBeUsed() {
    assertThatThrownBy(
            () ->
                NativeLibraries.use(
                    "ONNX Runtime",
                    () -> {
                      throw new NoClassDefFoundError("Could not initialize class X");
                    }))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("Could not initialize class X");
  }
}
