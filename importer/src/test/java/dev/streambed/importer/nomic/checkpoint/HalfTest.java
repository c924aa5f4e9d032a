package dev.streambed.importer.nomic.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HalfTest {
  @Test
  void everyHalfSurvivesBeingWidenedAndRounded() {
    for (int bits = 0; bits <= 0xFFFF; bits++) {
      float wide = Half.toFloat((short) bits);

      if (!Float.isNaN(wide)) {
        assertThat(Half.fromFloat(wide)).as("bits %x", bits).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void widensKnownValues() {
    assertThat(Half.toFloat((short) 0x3C01)).isEqualTo(1 + 0x1p-10f);
    assertThat(Half.toFloat((short) 0x7BFF)).isEqualTo(65504);
    assertThat(Half.toFloat((short) 0x0001)).isEqualTo(0x1p-24f);
    assertThat(Half.toFloat((short) 0xFC00)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(Half.toFloat((short) 0x7E00)).isNaN();
  }

  @Test
  void roundsToTheNearestAndTiesToEven() {
    assertThat(Half.fromFloat(1 + 0x1p-11f)).isEqualTo((short) 0x3C00); // a tie
    assertThat(Half.fromFloat(1 + 3 * 0x1p-11f)).isEqualTo((short) 0x3C02); // a tie
    assertThat(Half.fromFloat(1 + 0x1.8p-11f)).isEqualTo((short) 0x3C01);
    assertThat(Half.fromFloat(65519)).isEqualTo((short) 0x7BFF);
    assertThat(Half.fromFloat(65520)).isEqualTo((short) 0x7C00); // infinite
    assertThat(Half.fromFloat(0x1.8p-25f)).isEqualTo((short) 0x0001); // the least there is
    assertThat(Half.fromFloat(-0x1p-26f)).isEqualTo((short) 0x8000);
    assertThat(Half.toFloat(Half.fromFloat(Float.NaN))).isNaN();
  }
}
