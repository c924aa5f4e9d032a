package dev.streambed.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DemoTextTest {
  @Test
  void offersThousandsOfTextsOfVeryMixedLengthAndAllEras() throws Exception {
    List<DemoText> texts = DemoText.readAll();

    assertThat(texts).hasSize(2_796).doesNotHaveDuplicates();
    assertThat(texts.stream().map(DemoText::key)).doesNotHaveDuplicates();
    assertThat(texts.stream().map(DemoText::president).distinct()).hasSize(43);
    assertThat(texts.stream().map(DemoText::year).map(year -> year.substring(0, 2)).distinct())
        .containsExactly("17", "18", "19", "20");
    assertThat(texts.stream().mapToInt(text -> text.text().length()).summaryStatistics())
        .satisfies(
            lengths -> {
              assertThat(lengths.getMin()).isEqualTo(14); // "Let's face it."
              assertThat(lengths.getMax()).isEqualTo(11_112);
            });
  }

  @Test
  void spreadsFewerTextsOverAllYears() throws Exception {
    List<DemoText> some = DemoText.spread(DemoText.readAll(), 100);

    assertThat(some).hasSize(100).doesNotHaveDuplicates();
    assertThat(some.get(0).year()).isEqualTo("1790");
    assertThat(some.get(99).year()).isEqualTo("2019"); // 2796 * 99 / 100 = 2768, 12 a speech
    assertThat(new HashSet<>(some.stream().map(DemoText::president).collect(Collectors.toList())))
        .hasSizeGreaterThan(35);
  }
}
