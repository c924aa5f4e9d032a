package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ByteProductsTest {
  @TempDir private Path folder;

  @Test
  void areOfSignedWeightsWhereTheProcessorSaysSoAndIsRight() throws IOException {
    Path zen4 = cpuinfo("fpu avx2 avx512f avx512_vnni avx_vnni");
    List<Integer> checked = new ArrayList<>();

    ByteProducts products =
        ByteProducts.find(
            zen4,
            "amd64",
            rows -> {
              checked.add(rows);
              return sums(rows);
            });

    assertThat(products)
        .isEqualTo(new ByteProducts(true, "their products are exact, by avx512_vnni, avx_vnni"));
    assertThat(checked).containsExactly(1, 2, 67);
  }

  @Test
  void areOfUnsignedWeightsWhereTheProcessorIsWrong() throws IOException {
    Path saysVnni = cpuinfo("avx512_vnni");

    ByteProducts products =
        ByteProducts.find(
            saysVnni,
            "amd64",
            rows -> {
              int[] sums = sums(rows);
              if (rows > 2) {
                sums[sums.length - 1] = Short.MIN_VALUE * ByteProducts.INPUTS / 2; // saturated
              }
              return sums;
            });

    assertThat(products)
        .isEqualTo(
            new ByteProducts(false, "products of signed ones overflow, in spite of avx512_vnni"));
  }

  @Test
  void areOfUnsignedWeightsWhereNothingIsKnown() throws IOException {
    var unknown = new ByteProducts(false, "the processor is not known to have VNNI or AMX");

    assertThat(ByteProducts.find(cpuinfo("fpu avx2 avx512f"), "amd64", ByteProductsTest::sums))
        .isEqualTo(unknown);
    assertThat(ByteProducts.find(folder.resolve("none"), "x86_64", ByteProductsTest::sums))
        .isEqualTo(unknown);
  }

  @Test
  void areCheckedOnOtherProcessors() {
    Path none = folder.resolve("none");

    assertThat(ByteProducts.find(none, "aarch64", ByteProductsTest::sums).areSigned()).isTrue();
    assertThat(ByteProducts.find(none, "aarch64", rows -> new int[1]).areSigned()).isFalse();
    assertThat(ByteProducts.find(none, "aarch64", rows -> new int[0]).areSigned()).isFalse();
  }

  private Path cpuinfo(String flags) throws IOException {
    return Files.writeString(
        folder.resolve("cpuinfo"),
        "processor\t: 0\nmodel name\t: avx512_vnni\nflags\t\t: %s\n\nprocessor\t: 1\n"
            .formatted(flags));
  }

  private static int[] sums(int rows) {
    int[] sums = new int[rows * ByteProducts.OUTPUTS];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = ByteProducts.INPUTS * 255 * (i % 2 == 0 ? 127 : -128);
    }
    return sums;
  }
}
