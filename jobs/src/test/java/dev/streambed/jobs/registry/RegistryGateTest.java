package dev.streambed.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RegistryGateTest {
  private static final byte[] ONE = HexFormat.of().parseHex("000000000102");
  private static final byte[] TWO = HexFormat.of().parseHex("000000000202");

  @RegisterExtension private final FakeRegistry registry = new FakeRegistry();
  private final ManualClock clock = new ManualClock();

  @Test
  void isOpenForWhatCanBeDecodedOrRefused() {
    registry.put(1, "\"int\"", "[]");
    try (var gate = new RegistryGate(registry.options(), clock)) {
      assertThat(gate.isOpenFor(ONE)).isTrue();
      assertThat(gate.isOpenFor(TWO)).isTrue(); // the registry says that it has none
      assertThat(gate.isOpenFor(new byte[] {'{', '}'})).isTrue();
      assertThat(gate.isOpenFor(HexFormat.of().parseHex("00ffffffff02"))).isTrue();
      assertThat(gate.untilNext()).isZero();
    }
  }

  @Test
  void isClosedForUnknownSchemasWhileTheRegistryDoesNotAnswer() {
    registry.put(1, "\"int\"", "[]");
    registry.answers.put("/schemas/ids/2", new FakeRegistry.Answer(503, "{}"));
    try (var gate = new RegistryGate(registry.options(), clock)) {
      assertThat(gate.isOpenFor(ONE)).isTrue();
      assertThat(gate.isOpenFor(TWO)).isFalse();
      assertThat(gate.isOpenFor(ONE)).isTrue(); // known from before
      assertThat(gate.isOpenFor(new byte[] {'{', '}'})).isTrue();
      assertThat(gate.isOpenFor(HexFormat.of().parseHex("00ffffffff02"))).isTrue();
      assertThat(gate.untilNext()).hasMillis(100);
      assertThat(RegistryOutage.longestMillis()).isPositive();

      registry.put(2, "\"int\"", "[]");
      assertThat(gate.isOpenFor(TWO)).isFalse(); // it is not asked yet
      assertThat(registry.asked).hasSize(2);
      clock.nowMillis += 100;
      assertThat(gate.untilNext()).isZero();

      assertThat(gate.isOpenFor(TWO)).isTrue();
      assertThat(RegistryOutage.longestMillis()).isZero();
    }
  }

  @Test
  void asksMoreSeldomTheLongerItLasts() {
    registry.answers.put("/schemas/ids/2", new FakeRegistry.Answer(401, "{}"));
    try (var gate = new RegistryGate(registry.options(), clock)) {
      for (int i = 0; i < 20; i++) {
        assertThat(gate.isOpenFor(TWO)).isFalse();
        clock.nowMillis += gate.untilNext().toMillis();
      }
    }

    assertThat(registry.asked).hasSize(20);
    assertThat(clock.nowMillis).isEqualTo(1 + 6_300 + 14 * 5_000L); // 100 to 3,200 ms, then 5 s
    assertThat(RegistryOutage.longestMillis()).isZero(); // nobody asks any more
  }
}
