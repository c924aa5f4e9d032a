package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.TextRejectedException;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.MalformedRecordException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The reasons in docs/input.md are those that there are, each with its step. */
class DeadLetterReasonsTest {
  private static final Pattern ROW =
      Pattern.compile("\\| `(\\w+)` \\| ([a-z, ]+) \\| .+ \\| .+ \\|");

  @Test
  void theGuideHasEachReason() throws IOException {
    List<String> rows = new ArrayList<>();
    for (MalformedRecordException.Reason reason : MalformedRecordException.Reason.values()) {
      rows.add(row(reason.name(), Stage.DECODE));
    }
    for (TextRejectedException.Reason reason : TextRejectedException.Reason.values()) {
      rows.add(row(reason.name(), Stage.EMBED));
    }
    rows.add(row(DecodeFunction.MISSING_KEY, Stage.DECODE, Stage.ENCODE));
    rows.add(row(EncodeFunction.TOO_LARGE, Stage.ENCODE));
    rows.add(row(EncodeFunction.TIMESTAMP_REFUSED, Stage.ENCODE));

    assertThat(guide()).containsExactlyInAnyOrderElementsOf(rows);
  }

  private static String row(String reason, Stage... stages) {
    List<String> names = new ArrayList<>();
    for (Stage stage : stages) {
      names.add(stage.name().toLowerCase(Locale.ROOT));
    }
    return reason + ": " + String.join(", ", names);
  }

  private static List<String> guide() throws IOException {
    String guide = Files.readString(Path.of("../docs/input.md"));
    String table =
        guide.substring(
            guide.indexOf("<!-- reasons:start -->"), guide.indexOf("<!-- reasons:end -->"));
    List<String> rows = new ArrayList<>();
    for (String line : table.lines().toList()) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        rows.add(row.group(1) + ": " + row.group(2));
      }
    }
    return rows;
  }
}
