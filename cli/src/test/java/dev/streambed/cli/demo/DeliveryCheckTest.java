package dev.streambed.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class DeliveryCheckTest {
  private final DeliveryCheck check = new DeliveryCheck(Set.of("a", "b"), Set.of("broken"));

  @Test
  void isSatisfiedWhenEachKeyArrivedOnceWhereItBelongs() {
    check.embedded("a");
    check.embedded("b");
    check.dead("broken");

    assertThat(check.isExactlyOnce()).isTrue();
    assertThat(check.summary())
        .isEqualTo("all 3 records arrived exactly once: 2 embedded, 1 dead letters");
  }

  @Test
  void noticesALostRecord() {
    check.embedded("a");
    check.dead("broken");

    assertThat(check.isExactlyOnce()).isFalse();
    assertThat(check.missing()).containsExactly("b");
    assertThat(check.summary())
        .isEqualTo(
            "NOT exactly once: of 3 records 1 are missing, 0 arrived more than once, 0 were not expected");
  }

  @Test
  void noticesADuplicateAndADuplicateDeadLetter() {
    check.embedded("a");
    check.embedded("a");
    check.embedded("b");
    check.dead("broken");
    check.dead("broken");

    assertThat(check.isExactlyOnce()).isFalse();
    assertThat(check.duplicates()).containsExactly("a", "broken");
  }

  @Test
  void noticesAGoodRecordAmongTheDeadLetters() {
    check.embedded("a");
    check.dead("b");
    check.dead("broken");

    assertThat(check.isExactlyOnce()).isFalse();
    assertThat(check.missing()).containsExactly("b");
    assertThat(check.unexpected()).containsExactly("b");
  }
}
