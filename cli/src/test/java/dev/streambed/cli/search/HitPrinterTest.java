package dev.streambed.cli.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.query.Nearest.Hit;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HitPrinterTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final HitPrinter printer =
      new HitPrinter(new PrintStream(bytes, true, StandardCharsets.UTF_8));

  @Test
  void shortensKeysAndTexts() {
    printer.print(List.of(new Hit<>(0.5, found("k".repeat(10_000), "t".repeat(500)))));
    printer.print(List.of(new Hit<>(0.25, found("k\uD83D\uDC36".repeat(100), null))));

    assertThat(printed())
        .isEqualTo(
            """
            0.500  %s …: %s …
            0.250  %s … (texts-0@7; the record has no text)
            """
                .formatted("k".repeat(60), "t".repeat(140), "k\uD83D\uDC36".repeat(20)));
  }

  @Test
  void showsTheLabelToPeopleAndTheExactKeyInJson() {
    List<Hit<SearchedText>> hits = List.of(new Hit<>(0.5, found("a\tb#1", "text")));

    printer.print(hits);
    printer.printJson(hits);

    assertThat(printed()).startsWith("0.500  a b#1: text\n").contains("\"key\":\"base64:exact\"");
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  private static SearchedText found(String label, @Nullable String text) {
    return new SearchedText("base64:exact", label, "texts-0@7", text, "texts", 0, 7, Map.of());
  }
}
