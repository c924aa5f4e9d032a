package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.TextRejectedException;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.profile.UnfitRecordException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The reasons in docs/input.md are those that there are, each with its step. */
class DeadLetterReasonsTest {
  private static final Pattern ROW =
      Pattern.compile("\\| `(\\w+)` \\| ([a-z, ]+) \\| .+ \\| .+ \\|");

  @Test
  void theGuideHasEachReason() throws IOException {
    Map<String, Set<Stage>> stages = new TreeMap<>();
    add(stages, Stage.DECODE, List.of(MalformedRecordException.Reason.values()));
    add(stages, Stage.EMBED, List.of(TextRejectedException.Reason.values()));
    add(stages, Stage.ENCODE, List.of(UnfitRecordException.Reason.values()));
    add(stages, Stage.DECODE, List.of(DecodeFunction.MISSING_KEY));
    add(stages, Stage.ENCODE, List.of(EncodeFunction.TOO_LARGE, EncodeFunction.TIMESTAMP_REFUSED));

    List<String> rows = new ArrayList<>();
    stages.forEach(
        (reason, steps) ->
            rows.add(
                reason
                    + ": "
                    + steps.stream()
                        .map(step -> step.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", "))));
    assertThat(guide()).containsExactlyInAnyOrderElementsOf(rows);
  }

  private static void add(Map<String, Set<Stage>> stages, Stage stage, List<?> reasons) {
    for (Object reason : reasons) {
      stages.computeIfAbsent(reason.toString(), name -> EnumSet.noneOf(Stage.class)).add(stage);
    }
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
