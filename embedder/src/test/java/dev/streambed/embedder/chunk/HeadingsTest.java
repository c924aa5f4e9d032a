package dev.streambed.embedder.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With a limit of 23 tokens, 20 beside prompt and special tokens, as {@link TextSplitterTest}. */
class HeadingsTest {
  private static final int LIMIT = 20 + WordCounter.FIXED;
  private static final String FIVE = "One two six ten end. ";
  private static final String TEN = FIVE.repeat(2).strip();

  private static final ChunkingOptions METADATA =
      ChunkingOptions.DEFAULT.withHeadings(Headings.MARKDOWN, /* inText= */ false);

  private static final ChunkingOptions IN_TEXT =
      ChunkingOptions.DEFAULT.withHeadings(Headings.MARKDOWN, /* inText= */ true);

  @Test
  void givesEachChunkThePathOfItsFirstSentence() {
    String text =
        "Aaa bbb.\n\n# Top\n\n%1$s\n\n## Left\n\n%1$s %2$s\n\nRight\n---\n\n%1$s\n\nNext\nline\n===\n\n%1$s"
            .formatted(TEN, FIVE.strip());

    assertThat(paths(text, METADATA))
        .containsExactly(
            List.of(), List.of("Top", "Left"), List.of("Top", "Right"), List.of("Next line"));
    assertThat(paths("# A\n\n### B\n\n## C\n\nEnd.", METADATA)).containsExactly(List.of("A", "C"));
    assertThat(paths("\n  End.\n\n# A\n\nB.", METADATA)).containsExactly(List.of());
    assertThat(split(text, ChunkingOptions.DEFAULT))
        .allSatisfy(chunk -> assertThat(chunk.headings()).isEmpty());
  }

  @Test
  void takesTheWordsOfAHeadingWithoutItsMarks() {
    assertThat(paths("# *One* `two` [six](x) &amp; **ten** #\n\nEnd.", METADATA))
        .containsExactly(List.of("One two six & ten"));
    assertThat(paths("#\n\n## A\n\nEnd.", METADATA)).containsExactly(List.of("A"));
    assertThat(paths("# " + "a".repeat(199) + "\uD83D\uDC68b\n\nEnd.", METADATA).get(0))
        .containsExactly("a".repeat(199));
    assertThat(paths("# " + "word ".repeat(50) + "\n\nEnd.", METADATA).get(0))
        .containsExactly("word ".repeat(40).strip());
    assertThat(paths("# \u00A0 \u3000\n\n## \u00A0A\u00A0\n\nEnd.", METADATA))
        .containsExactly(List.of("A"));
    assertThat(paths("\uFEFF# A\n\nEnd.", METADATA)).containsExactly(List.of("A"));
  }

  @Test
  void findsTheHeadingAfterAListOfEightLevels() {
    StringBuilder list = new StringBuilder();
    for (int depth = 0; depth < 8; depth++) {
      list.append("  ".repeat(depth)).append("- One.\n");
    }

    String text = list + "\n# A\n\nEnd.";

    assertThat(Outline.of(text, Headings.MARKDOWN).path(text.length() - 1)).containsExactly("A");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "```\n# None\n```\n\nEnd.",
        "~~~ sh\n# None\n\n# Nor this\n~~~\nEnd.",
        "    # None\n\nEnd.",
        "<pre>\n# None\n</pre>\n\nEnd.",
        "> # None\n\nEnd.",
        "- # None\n\nEnd.",
        "- ```\n  # None\n  ```\n\nEnd.",
        "#None\n\nEnd.",
        "End. # None",
        "| a |\n|---|\n| b |\n\nEnd.",
        "*\n---\n\nEnd."
      })
  void findsNoneInCodeListsAndQuotations(String text) {
    assertThat(paths(text, METADATA)).containsExactly(List.of());
  }

  @Test
  void ratherEndsBeforeAHeadingThanAfterAParagraph() {
    String text = "%1$s\n\n# A\n\n%2$s\n\n%2$s".formatted(TEN, FIVE.strip());
    String early = "%2$s\n\n# A\n\n%1$s\n\n%2$s".formatted(TEN, FIVE.strip());

    assertThat(texts(text, METADATA))
        .containsExactly(TEN, "# A\n\n%1$s\n\n%1$s".formatted(FIVE.strip()));
    assertThat(texts(text, ChunkingOptions.DEFAULT))
        .containsExactly("%s\n\n# A\n\n%s".formatted(TEN, FIVE.strip()), FIVE.strip());
    // before the heading there would be 5 of 20 tokens
    assertThat(texts(early, METADATA))
        .containsExactly("%2$s\n\n# A\n\n%1$s".formatted(TEN, FIVE.strip()), FIVE.strip());
  }

  @ParameterizedTest
  @EnumSource(Boundary.class)
  void neverPartsAHeadingFromWhatFollows(Boundary boundary) {
    String long18 = "Aaa ".repeat(17) + "end.";
    String fifteen = FIVE.repeat(3).strip();
    String text = "%s\n\n# A b c d\n## E\n\n%s".formatted(fifteen, long18);
    var options = new ChunkingOptions(0, 0, 0, boundary).withHeadings(Headings.MARKDOWN, false);

    // 15 tokens and the first heading are 20; 7 of headings and 18 do not fit: the sentence is cut
    assertThat(texts(text, options).get(0)).isEqualTo(fifteen);
    assertThat(texts(text, options).get(1)).startsWith("# A b c d\n## E\n\nAaa Aaa");
  }

  @Test
  void repeatsNothingOfAnotherSection() {
    String text = "%1$s\n\n# A\n\n%1$s %1$s".formatted(TEN);
    var options = new ChunkingOptions(0, 10, 0, Boundary.SENTENCE);

    // 2 + 20 tokens do not fit: the last chunk repeats what it may
    assertThat(texts(text, options.withHeadings(Headings.MARKDOWN, false)))
        .containsExactly(
            TEN, "# A\n\n%s %s".formatted(TEN, FIVE.strip()), "%s %s".formatted(TEN, FIVE.strip()));
  }

  @Test
  void putsTheHeadingsAboveAChunkBeforeItsText() {
    String text = "# Top\n\n%1$s\n\n## Left\n\n%1$s %1$s".formatted(TEN);

    List<Chunk> chunks = split(text, IN_TEXT);

    assertThat(chunks)
        .extracting(chunk -> chunk.of(text))
        .containsExactly(
            "# Top\n\n" + TEN,
            "Top\n\n## Left\n\n%s %s".formatted(TEN, FIVE.strip()),
            "Top > Left\n\n" + FIVE.strip());
    assertThat(chunks)
        .extracting(Chunk::tokens)
        .containsExactly(12 + WordCounter.FIXED, 18 + WordCounter.FIXED, 8 + WordCounter.FIXED);
    assertThat(chunks)
        .extracting(chunk -> text.substring(chunk.startChar(), chunk.endChar()))
        .containsExactly(
            "# Top\n\n" + TEN, "## Left\n\n%s %s".formatted(TEN, FIVE.strip()), FIVE.strip());
    assertThat(chunks).extracting(Chunk::headings).last().isEqualTo(List.of("Top", "Left"));
  }

  @Test
  void leavesOutTheTopmostHeadingsIfTheyWouldTakeMoreThanHalfOfAChunk() {
    String top = "Aaa ".repeat(9).strip();

    assertThat(texts("# %s\n\n## B\n\n%s".formatted(top, FIVE.repeat(3)), IN_TEXT))
        .last()
        .isEqualTo("B\n\n" + TEN);
    assertThat(texts("# %s\n\n%s".formatted("Aaa ".repeat(11), FIVE.repeat(5)), IN_TEXT))
        .last()
        .isEqualTo(FIVE.repeat(4).strip());
  }

  @ParameterizedTest
  @EnumSource(Boundary.class)
  void cutsAnyTextWithinItsLimits(Boundary boundary) {
    var samples =
        List.of(
            FIVE.repeat(3),
            "\n\n# " + FIVE,
            "\n\n## Aaa\n\n### Bbb\n\n",
            "\nAaa\n---\n",
            "\n```\n");
    for (int seed = 0; seed < 700; seed++) {
      var random = new Random(seed);
      var options =
          new ChunkingOptions(0, random.nextInt(11), random.nextInt(11), boundary)
              .withHeadings(Headings.MARKDOWN, random.nextBoolean());
      String text = new RandomTexts(samples, seed).next(random.nextInt(2000));
      String name = "seed %d, %s".formatted(seed, options);

      List<Chunk> chunks = new ChunkChecks(new WordCounter(LIMIT), options).split(text, name);

      Outline outline = Outline.of(text, Headings.MARKDOWN);
      for (int i = 1; i < chunks.size(); i++) {
        int end = chunks.get(i).startChar();
        if (outline.binds(end)) { // a section begins its chunk if it is cut in its heading
          assertThat(chunks.get(i - 1).startChar())
              .as("%s, chunk %d", name, i)
              .isGreaterThanOrEqualTo(outline.sectionOf(end));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"# a\n", "# Aaa bbb ccc\n\nOne two.\n\n", "###### a\n\nb\n\n", "a\n=\n"})
  void tokenisesEachCharacterAFewTimesHoweverManyHeadingsThereAre(String part) {
    String text = ("# Top\n\n" + part.repeat(100)).repeat(2_000).substring(0, 200_000);
    var tokens = new WordCounter(LIMIT);

    new TextSplitter(tokens, IN_TEXT).split(text);

    assertThat(tokens.characters()).isLessThan(6L * text.length());
  }

  @Test
  void refusesHeadingsInTheTextOfNone() {
    assertThatThrownBy(() -> ChunkingOptions.DEFAULT.withHeadings(Headings.OFF, true))
        .hasMessage("Invalid value true for headingsInText: must be false while headings are off.");
  }

  private static List<Chunk> split(String text, ChunkingOptions options) {
    return new TextSplitter(new WordCounter(LIMIT), options).split(text);
  }

  private static List<String> texts(String text, ChunkingOptions options) {
    return split(text, options).stream().map(chunk -> chunk.of(text)).toList();
  }

  private static List<List<String>> paths(String text, ChunkingOptions options) {
    List<Chunk> chunks = split(text, options);
    return chunks.stream().map(Chunk::headings).toList();
  }
}
