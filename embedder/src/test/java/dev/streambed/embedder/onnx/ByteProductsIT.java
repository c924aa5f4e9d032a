package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ByteProductsIT {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  /** Fails on a processor that says that its products are exact, and is wrong. */
  @Test
  void areOfSignedWeightsOnThisProcessorIfItMultipliesThemExactly() throws IOException {
    boolean isX86 = Set.of("amd64", "x86_64").contains(System.getProperty("os.arch"));
    String processor =
        Files.exists(CPUINFO) ? Files.readString(CPUINFO, StandardCharsets.ISO_8859_1) : "";
    boolean saysSo =
        Pattern.compile("\\b(amx_int8|avx512_vnni|avx_vnni)\\b").matcher(processor).find();

    assertThat(OnnxSession.byteProducts())
        .startsWith(
            !isX86 || saysSo
                ? "signed: their products are exact, by "
                : "unsigned: the processor is not known to have VNNI or AMX");
  }

  @Test
  void areOfUnsignedWeightsIfThatIsAskedFor() {
    System.setProperty(ByteProducts.UNSIGNED_PROPERTY, "true");
    try {
      assertThat(OnnxSession.byteProducts())
          .isEqualTo("unsigned: streambed.unsigned-weights is set");
    } finally {
      System.clearProperty(ByteProducts.UNSIGNED_PROPERTY);
    }
  }
}
