package dev.streambed.cli.embed;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenIdsParserTest {
  private final TokenIdsParser parser = new TokenIdsParser(4);

  @Test
  void readsIdsAsTheyAre() {
    var ids = parser.parse(" [101, 7592, 0,102] ").orElseThrow();

    assertThat(ids.ids()).containsExactly(101, 7592, 0, 102);
    assertThat(ids.truncated()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "[1,2,3,4,5]", // more than 4
        "[-1]",
        "[1.0]",
        "[\"1\"]",
        "[\"\"]",
        "[null]",
        "null",
        "[true]",
        "[[1]]",
        "5",
        "\"AQ==\"",
        "{}",
        "[1] 2",
        "[1",
        "[9223372036854775808]",
        "hello"
      })
  void refusesEverythingElse(String line) {
    assertThat(parser.parse(line)).isEmpty();
  }

  @Test
  void saysWhatItWants() {
    assertThat(parser.problem().message())
        .isEqualTo("The line is not a JSON array of 1 to 4 token ids (whole numbers from 0).");
  }
}
