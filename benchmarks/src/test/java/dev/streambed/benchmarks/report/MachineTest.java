package dev.streambed.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MachineTest {

  @Test
  void namesTheVectorInstructionsAmongTheFlags() {
    assertThat(Machine.vectorInstructions("fpu avx avx2 avx512f avx512_vnni vaes"))
        .isEqualTo("avx2 avx512f avx512_vnni");
    assertThat(Machine.vectorInstructions("")).isEmpty();
  }
}
