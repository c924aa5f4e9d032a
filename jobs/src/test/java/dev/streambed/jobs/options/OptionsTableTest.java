package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OptionsTableTest {

  private static final String START = "<!-- options:start -->\n";
  private static final String END = "<!-- options:end -->";

  @Test
  void isInTheReadmeAsDeclared() throws IOException {
    String readme = Files.readString(Path.of("../README.md"));
    Path expected = Path.of("target/options.md");
    Files.writeString(expected, OptionsTable.markdown());

    assertThat(readme).contains(START, END);
    assertThat(readme.substring(readme.indexOf(START) + START.length(), readme.indexOf(END)))
        .as("the options in README.md; put jobs/%s between its markers", expected)
        .isEqualTo(OptionsTable.markdown());
  }
}
