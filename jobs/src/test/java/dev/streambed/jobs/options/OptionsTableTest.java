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
  void isInTheGuideAsDeclared() throws IOException {
    String guide = Files.readString(Path.of("../docs/options.md"));
    Path expected = Path.of("target/options.md");
    Files.writeString(expected, OptionsTable.markdown());

    assertThat(guide).contains(START, END);
    assertThat(guide.substring(guide.indexOf(START) + START.length(), guide.indexOf(END)))
        .as("the options in docs/options.md; put jobs/%s between its markers", expected)
        .isEqualTo(OptionsTable.markdown());
  }
}
