package dev.streambed.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SeenNamesTest {
  @Test
  void tellsWhichWantedNamesOccurInNoRecord() {
    var names = new SeenNames(List.of("a", "b", "c"));

    names.add(List.of("c", "d"));
    names.add(List.of("a"));

    assertThat(names.lacks("b")).isTrue();
    assertThat(names.lacks("a")).isFalse();
    assertThat(names.lacks("d")).isFalse();
    assertThat(names.shown()).isEqualTo("a, c, d");
  }

  @Test
  void showsTwentyNamesAndThatThereAreMore() {
    var names = new SeenNames(List.of("n999"));

    assertThat(names.shown()).isEqualTo("none");
    names.add(IntStream.range(100, 120).mapToObj(i -> "n" + i).toList());
    assertThat(names.shown()).startsWith("n100, n101, ").endsWith(", n119");
    names.add(List.of("n999"));

    assertThat(names.shown()).endsWith(", n119, …").doesNotContain("n999");
    assertThat(names.lacks("n999")).isFalse();
  }

  @Test
  void showsNoCharactersThatATerminalObeysAndCutsLongNames() {
    var names = new SeenNames(List.of());

    names.add(List.of("\u001b[2J\u202e", "x".repeat(59) + "\uD83D\uDC15y"));

    assertThat(names.shown()).isEqualTo("?[2J?, " + "x".repeat(59) + "\uD83D\uDC15…");
  }
}
