package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.sql.function.StreambedModule;
import dev.streambed.sql.index.IndexTableFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.apache.flink.util.TimeUtils;
import org.junit.jupiter.api.Test;

/** The tables of docs/sql.md. */
class SqlGuideTest {
  private final String guide;

  SqlGuideTest() throws IOException {
    this.guide = Files.readString(Path.of("../docs/sql.md"));
  }

  @Test
  void hasARowForEachOption() {
    var index = new IndexTableFactory();

    assertHasARowForEach(ModelKeys.required(), ModelKeys.optional());
    assertHasARowForEach(index.requiredOptions(), index.optionalOptions());
  }

  private void assertHasARowForEach(Set<ConfigOption<?>> required, Set<ConfigOption<?>> optional) {
    List<ConfigOption<?>> options = new ArrayList<>(required);
    options.addAll(optional);
    StringBuilder table = new StringBuilder();
    for (ConfigOption<?> option : options) {
      table.append(
          "| `%s` | %s | %s |\n"
              .formatted(
                  option.key(),
                  option.hasDefaultValue() ? "`" + written(option.defaultValue()) + "`" : "",
                  new HtmlFormatter().format(option.description())));
    }

    assertThat(guide).contains("| option | default | meaning |\n|---|---|---|\n" + table + "\n");
  }

  private static String written(Object value) {
    if (value instanceof Duration duration) {
      return TimeUtils.formatWithHighestUnit(duration);
    }
    return value instanceof MemorySize size ? size.getBytes() + " bytes" : String.valueOf(value);
  }

  @Test
  void namesEachFunction() {
    assertThat(new StreambedModule().listFunctions())
        .allSatisfy(function -> assertThat(guide).contains("`" + function + "("));
  }

  @Test
  void namesEachColumn() {
    for (String column :
        OutputColumns.TAKEN.replaceAll(" with the number[^,]*", "").split(", ", -1)) {
      assertThat(guide).contains("| `" + column + "` |");
    }
    for (String column :
        VectorSearchIT.COLUMNS.replace("_1 ", "_<n> ").split(", (?!STRING>)", -1)) {
      assertThat(guide).containsPattern("\\| `+ ?\\Q" + column + "\\E ?`+ \\|");
    }
  }
}
