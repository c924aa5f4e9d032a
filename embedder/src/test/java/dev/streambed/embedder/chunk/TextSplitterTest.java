package dev.streambed.embedder.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With a limit of 23 tokens, 20 beside prompt and special tokens; a word here is one token. */
class TextSplitterTest {
  private static final int LIMIT = 20 + WordCounter.FIXED;
  private static final String FIVE = "One two six ten end. ";
  private static final String SEVEN = "Aaa bbb ccc ddd eee fff ggg. ";

  @Test
  void leavesATextThatFitsAsItIs() {
    String text = "\n  " + FIVE.repeat(4);

    assertThat(split(text, options())).containsExactly(new Chunk(0, text.length(), LIMIT));
    assertThat(split("", options())).containsExactly(new Chunk(0, 0, WordCounter.FIXED));
    assertThat(split(" \n".repeat(100), options()))
        .containsExactly(new Chunk(0, 200, WordCounter.FIXED));
  }

  @Test
  void endsAChunkAfterTheLastSentenceThatFits() {
    // 5 x 5 words do not fit into 20; 2 x 7 + 5 do, 3 x 7 do not
    assertThat(texts(FIVE.repeat(5), options())).containsExactly(strip(FIVE, 4), strip(FIVE, 1));
    assertThat(texts(SEVEN.repeat(3) + FIVE, options()))
        .containsExactly(strip(SEVEN, 2), SEVEN + FIVE.strip());
  }

  @Test
  void leavesOutWhiteSpaceBetweenChunks() {
    String text = "  " + strip(FIVE, 4) + " \n\t\n " + FIVE + "\n";

    assertThat(split(text, options()))
        .containsExactly(new Chunk(2, 85, LIMIT), new Chunk(90, 110, 5 + WordCounter.FIXED));
  }

  @Test
  void prefersTheEndOfAParagraphInTheSecondHalfOfWhatFits() {
    String late = FIVE + FIVE.strip() + "\n\n" + FIVE + FIVE + FIVE;
    String early = FIVE.strip() + "\n\n" + FIVE.repeat(4);

    assertThat(texts(late, options())).containsExactly(strip(FIVE, 2), strip(FIVE, 3));
    assertThat(texts(early, options()).get(1)).isEqualTo(FIVE.strip());
  }

  @Test
  void prefersAParagraphToALineAndALineToASentence() {
    String paragraph = FIVE + FIVE.strip() + "\n\n" + FIVE.strip() + "\n" + FIVE + FIVE;
    String line = FIVE + FIVE.strip() + "\n" + FIVE.repeat(3);

    assertThat(texts(paragraph, options()).get(0)).isEqualTo(strip(FIVE, 2));
    assertThat(texts(line, options()).get(0)).isEqualTo(strip(FIVE, 2));
  }

  @Test
  void keepsParagraphsTogetherIfAsked() {
    String text = FIVE.strip() + "\n\n" + FIVE.repeat(4);

    assertThat(texts(text, options(0, 0, Boundary.PARAGRAPH)))
        .containsExactly(FIVE.strip(), strip(FIVE, 4));
  }

  @ParameterizedTest
  @EnumSource(Boundary.class)
  void ratherJoinsATitleToWhatFollowsThanLeavesItAlone(Boundary boundary) {
    String sentence = "Aaa ".repeat(29) + "end."; // 30 do not fit into 20

    assertThat(texts("Ttt\n\n" + sentence, options(0, 0, boundary)))
        .containsExactly("Ttt\n\n" + "Aaa ".repeat(19).strip(), "Aaa ".repeat(10) + "end.");
    assertThat(texts("Ttt\n\n" + FIVE.repeat(4), options(0, 0, boundary)).get(0))
        .startsWith("Ttt\n\n" + strip(FIVE, 3));
  }

  @Test
  void fillsAChunkToTheLastWordIfAsked() {
    assertThat(texts(SEVEN.repeat(3) + FIVE, options(0, 0, Boundary.ANY)))
        .containsExactly(SEVEN + SEVEN + "Aaa bbb ccc ddd eee fff", "ggg. " + FIVE.strip());
  }

  @Test
  void repeatsWholeSentencesUpToTheOverlap() {
    // 4 + 1 sentences of 5 words; 10 words are two sentences, 9 are one
    assertThat(texts(FIVE.repeat(5), options(10, 0, Boundary.SENTENCE)))
        .containsExactly(strip(FIVE, 4), strip(FIVE, 3));
    assertThat(texts(FIVE.repeat(5), options(9, 0, Boundary.SENTENCE)))
        .containsExactly(strip(FIVE, 4), strip(FIVE, 2));
    assertThat(texts(FIVE.repeat(5), options(4, 0, Boundary.SENTENCE)))
        .containsExactly(strip(FIVE, 4), strip(FIVE, 1));
  }

  @Test
  void repeatsWordsWhereAnyBoundaryDoes() {
    assertThat(texts(SEVEN.repeat(4), options(2, 0, Boundary.ANY)).get(1))
        .startsWith("eee fff ggg. Aaa");
  }

  @Test
  void repeatsNothingRatherThanCutASentence() {
    String long18 = "Aaa ".repeat(17) + "end.";

    assertThat(texts(FIVE.repeat(4) + long18 + " " + FIVE, options(5, 0, Boundary.SENTENCE)))
        .startsWith(strip(FIVE, 4), long18);
  }

  @Test
  void givesASmallTailSentencesOfItsNeighbour() {
    assertThat(texts(FIVE.repeat(5), options(0, 6, Boundary.SENTENCE)))
        .containsExactly(strip(FIVE, 3), strip(FIVE, 2));
  }

  @Test
  void leavesASmallTailRatherThanCutASentence() {
    String long18 = "Aaa ".repeat(17) + "end.";

    assertThat(texts(long18 + " " + FIVE, options(0, 6, Boundary.SENTENCE)))
        .containsExactly(long18, FIVE.strip());
  }

  @Test
  void cutsASentenceThatDoesNotFitBetweenWords() {
    assertThat(texts("aaa ".repeat(45), options()))
        .containsExactly(strip("aaa ", 20), strip("aaa ", 20), strip("aaa ", 5));
  }

  @Test
  void cutsAnEndlessWordBetweenGraphemes() {
    String family = "\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67"; // 5 code points

    // 20 tokens of 4 code points are 80, which are 16 families
    assertThat(texts(family.repeat(40), options()))
        .containsExactly(family.repeat(16), family.repeat(16), family.repeat(8));
    assertThat(texts("a".repeat(200), options()))
        .containsExactly("a".repeat(80), "a".repeat(80), "a".repeat(40));
  }

  @Test
  void cutsAGraphemeThatDoesNotFit() {
    String marks = "e" + "\u0301".repeat(500);

    assertThat(new ChunkChecks(new WordCounter(LIMIT), options()).split(marks, "marks"))
        .hasSizeBetween(7, 14); // 501 code points, 80 fit
  }

  /** A tokeniser may have a token for each space, which a chunk begins behind. */
  @Test
  void keepsAGraphemeBetweenLongRunsOfSpacesWhole() {
    String spaces = "\u00A0 ".repeat(60);
    String text = FIVE + "x".repeat(60) + spaces + " \u0301" + spaces + FIVE.repeat(4);

    List<Chunk> chunks = new ChunkChecks(new WordCounter(LIMIT), options()).split(text, "spaces");

    assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.of(text)).isNotEmpty());
    assertThat(chunks).extracting(chunk -> chunk.of(text)).contains(" \u0301");
  }

  @ParameterizedTest
  @EnumSource(Boundary.class)
  void cutsAnyTextWithinItsLimits(Boundary boundary) {
    var samples = List.of(FIVE.repeat(3), SEVEN.repeat(20), "abcdefghijklmnop".repeat(30));
    for (int seed = 0; seed < 700; seed++) {
      var random = new Random(seed);
      int half = 10;
      var options =
          new ChunkingOptions(
              random.nextBoolean() ? 0 : LIMIT,
              random.nextInt(half + 1),
              random.nextInt(half + 1),
              boundary);
      String text = new RandomTexts(samples, seed).next(random.nextInt(2000));

      new ChunkChecks(new WordCounter(LIMIT), options)
          .split(text, "seed %d, %s".formatted(seed, options));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "word ",
        "One sentence. ",
        "line\n",
        "\n\n",
        ". ",
        "\u0301",
        "\u200B\n",
        "\u0E01\u0E23\u0E38\u0E07",
        "\uD83D\uDC68\u200D"
      })
  void tokenisesEachCharacterAFewTimesHoweverLongTheText(String part) {
    String text = ("x" + part.repeat(100)).repeat(2_000).substring(0, 200_000);
    var tokens = new WordCounter(LIMIT);

    new TextSplitter(tokens, options(5, 5, Boundary.SENTENCE)).split(text);

    // by pieces, inside of pieces, and as chunks of which a quarter overlaps
    assertThat(tokens.characters()).isLessThan(5L * text.length());
  }

  @ParameterizedTest
  @EnumSource(Boundary.class)
  void refusesOptionsThatDoNotFitTheModel(Boundary boundary) {
    assertThatThrownBy(() -> splitter(new ChunkingOptions(LIMIT + 1, 0, 0, boundary)))
        .hasMessage("Invalid value 24 for maxTokens: must be at most the model's limit, 23.");
    assertThatThrownBy(() -> splitter(options(12, 0, boundary)))
        .hasMessage("Invalid value 12 for overlapTokens: must be at most 11, half of a chunk.");
    assertThatThrownBy(() -> splitter(options(0, 12, boundary)))
        .hasMessageStartingWith("Invalid value 12 for minTokens: must be at most 11");
    assertThatThrownBy(() -> new ChunkingOptions(9, 0, 0, boundary))
        .hasMessage(
            "Invalid value 9 for maxTokens: must be at least 10, or 0 for the model's limit.");
    assertThatThrownBy(
            () -> new TextSplitter(new WordCounter(10), new ChunkingOptions(0, 0, 0, boundary)))
        .hasMessage(
            "Chunks of at most 10 tokens (max-tokens) are too small: prompt and special tokens take 3, and a text needs 8. Expected at least 11.");
  }

  @Test
  void repeatsAtMostHalfOfWhatAChunkHoldsBesideItsPrompt() {
    String text = "Aa bb cc dd ee. ".repeat(20);

    assertThat(splitter(options(11, 11, Boundary.ANY)).split(text))
        .isEqualTo(splitter(options(10, 10, Boundary.ANY)).split(text));
  }

  @Test
  void namesTheVersionOfItsBoundaries() {
    assertThat(TextSplitter.BOUNDARIES).isEqualTo("icu4j 79.1");
  }

  private static ChunkingOptions options() {
    return ChunkingOptions.DEFAULT;
  }

  private static ChunkingOptions options(int overlap, int min, Boundary boundary) {
    return new ChunkingOptions(0, overlap, min, boundary);
  }

  private static TextSplitter splitter(ChunkingOptions options) {
    return new TextSplitter(new WordCounter(LIMIT), options);
  }

  private static List<Chunk> split(String text, ChunkingOptions options) {
    return splitter(options).split(text);
  }

  private static List<String> texts(String text, ChunkingOptions options) {
    return split(text, options).stream().map(chunk -> chunk.of(text)).toList();
  }

  private static String strip(String sentence, int times) {
    return sentence.repeat(times).strip();
  }
}
