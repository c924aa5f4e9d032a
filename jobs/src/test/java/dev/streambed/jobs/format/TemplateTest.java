package dev.streambed.jobs.format;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "title", "{title}", "{/title", "{}", "{/a~2}", "{/a~}", "{{/title}"})
  void refusesTemplatesThatAreNone(String template) {
    assertThatThrownBy(() -> Template.parse(template))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("Exception");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{{/title}} | it takes nothing from the record; put a pointer in braces, such as {/title}; {{ stands for a brace",
        "{title} | it must begin with a slash, such as /title; write {{ for a brace that no pointer follows",
        "{ \"a\": {/b} } | write {{ for a brace that no pointer follows",
        "{/title | the brace at character 1 is not closed; write {{ for a brace",
      })
  void saysHowABraceIsWrittenWhereATemplateIsNone(String template, String message) {
    assertThatThrownBy(() -> Template.parse(template)).hasMessageEndingWith(message);
  }
}
