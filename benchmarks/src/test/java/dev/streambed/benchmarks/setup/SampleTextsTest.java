package dev.streambed.benchmarks.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class SampleTextsTest {
  @Test
  void takesTextsOfAllLengthsUnlessToldOtherwise() throws Exception {
    SampleTexts sample = sample();

    assertThat(sample.spread(100)).hasSize(100).anyMatch(text -> words(text) > 100);
    assertThat(sample.arguments()).isEmpty();
    assertThat(sample.nameOf("encoder")).isEqualTo("encoder");
  }

  @Test
  void leavesOutLongerTexts() throws Exception {
    SampleTexts sample = sample("--most-words", "20");

    assertThat(sample.spread(100)).hasSize(100).allMatch(text -> words(text) <= 20);
    assertThat(sample.arguments()).isEqualTo(" --most-words 20");
    assertThat(sample.nameOf("encoder")).isEqualTo("encoder-20-words");
  }

  @Test
  void refusesALimitThatNoTextKeeps() {
    SampleTexts sample = sample("--most-words", "0");

    assertThatThrownBy(() -> sample.spread(1))
        .isInstanceOf(ParameterException.class)
        .hasMessage("There is no text of at most 0 words.");
  }

  private static int words(String text) {
    return text.split(" ", -1).length;
  }

  private static SampleTexts sample(String... arguments) {
    return CommandLine.populateCommand(new Benchmark(), arguments).sample;
  }

  @Command
  private static final class Benchmark {
    @Mixin private SampleTexts sample = new SampleTexts();
  }
}
