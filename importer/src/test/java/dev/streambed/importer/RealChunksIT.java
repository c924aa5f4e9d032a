package dev.streambed.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.TokenCounter;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.chunk.Boundary;
import dev.streambed.embedder.chunk.Chunk;
import dev.streambed.embedder.chunk.ChunkChecks;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.RandomTexts;
import dev.streambed.embedder.chunk.TextSplitter;
import dev.streambed.embedder.onnx.TextTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Chunks under real tokenisers: texts of 98 languages, and what is hard to cut. */
class RealChunksIT {
  private static final int LIMIT = 512;
  private static final String MINILM = "/all-minilm-l6-v2-tokenizer.json";

  /** The vocabularies of the default model and of nomic-embed-text-v2-moe. */
  enum Vocabulary {
    WORD_PIECE,
    UNIGRAM
  }

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(Vocabulary.class)
  void cutsTextsOf98LanguagesWithinTheLimit(Vocabulary vocabulary) throws IOException {
    List<String> paragraphs = RealTokenizer.paragraphs().stream().map(row -> row[2]).toList();
    List<Boundary> boundaries = List.of(Boundary.values());
    try (TextTokenizer tokenizer = open(vocabulary)) {
      var tokens = new Counter(tokenizer, "search_document: ");
      for (int seed = 0; seed < 100; seed++) {
        var random = new Random(seed);
        int max = 32 + random.nextInt(100);
        var options =
            new ChunkingOptions(
                max,
                random.nextInt(max / 4),
                random.nextInt(max / 4),
                boundaries.get(random.nextInt(boundaries.size())));
        String text = new RandomTexts(paragraphs, seed).next(random.nextInt(6000));

        new ChunkChecks(tokens, options).split(text, "seed %d, %s".formatted(seed, options));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Vocabulary.class)
  void cutsTheDeclarationOfHumanRightsInEachLanguage(Vocabulary vocabulary) throws IOException {
    List<String[]> rows = RealTokenizer.paragraphs();
    try (TextTokenizer tokenizer = open(vocabulary)) {
      var checks =
          new ChunkChecks(
              new Counter(tokenizer, ""), new ChunkingOptions(64, 16, 16, Boundary.SENTENCE));
      for (String language : rows.stream().map(row -> row[1]).distinct().toList()) {
        String text =
            String.join(
                "\n\n",
                rows.stream().filter(row -> row[1].equals(language)).map(row -> row[2]).toList());

        List<Chunk> chunks = checks.split(text, language);

        assertThat(chunks).as(language).hasSizeGreaterThan(1);
      }
    }
  }

  /** In one script, half of a document's chunks could be as good as empty, and nobody would see. */
  @Test
  void fillsChunksOfTextsWithoutSpaces() throws IOException {
    try (TextTokenizer tokenizer = open(Vocabulary.UNIGRAM)) {
      for (String language : List.of("tha", "lao", "khm", "mya", "jpn", "cmn")) {
        String text =
            String.join(
                "",
                RealTokenizer.paragraphs().stream()
                    .filter(row -> row[1].startsWith(language))
                    .map(row -> row[2])
                    .toList());
        var splitter =
            new TextSplitter(
                new Counter(tokenizer, ""), new ChunkingOptions(128, 0, 0, Boundary.ANY));

        List<Chunk> chunks = splitter.split(text);

        assertThat(chunks.subList(0, chunks.size() - 1))
            .as(language)
            .allSatisfy(chunk -> assertThat(chunk.tokens()).isBetween(100, 128));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Vocabulary.class)
  void findsTheStartOfEachToken(Vocabulary vocabulary) throws IOException {
    try (TextTokenizer tokenizer = TextTokenizer.open(file(vocabulary), 16)) {
      String text = "\uD83D\uDE00 One two three. ".repeat(20); // more than 16 tokens

      int[] starts = tokenizer.starts(text);

      assertThat(starts).isSorted().hasSize(tokenizer.count(text));
      assertThat(tokenizer.count(text)).isBetween(100, 140);
      // each word begins at a token, or the space before it does
      for (int at = text.indexOf("three"); at >= 0; at = text.indexOf("three", at + 1)) {
        int word = at;
        assertThat(Arrays.stream(starts)).anyMatch(start -> start == word || start == word - 1);
      }
    }
  }

  private TextTokenizer open(Vocabulary vocabulary) throws IOException {
    return TextTokenizer.open(file(vocabulary), LIMIT);
  }

  private Path file(Vocabulary vocabulary) throws IOException {
    Path file = directory.resolve("tokenizer.json");
    return switch (vocabulary) {
      case UNIGRAM -> RealTokenizer.writeTo(file);
      case WORD_PIECE -> {
        try (InputStream in =
            Objects.requireNonNull(RealChunksIT.class.getResourceAsStream(MINILM), MINILM)) {
          Files.copy(in, file);
        }
        yield file;
      }
    };
  }

  /** The tokens of a model that has this tokeniser. */
  private record Counter(TextTokenizer tokenizer, String prompt) implements TokenCounter {
    @Override
    public int limit() {
      return LIMIT;
    }

    @Override
    public void check(String text) {
      // takes any
    }

    @Override
    public int tokensForModel(String text) {
      TokenIds tokens = tokenizer.tokenise(prompt + text);
      return tokens.truncated() ? LIMIT + 1 : tokens.length();
    }

    @Override
    public int tokensAlone(String text) {
      return tokenizer.count(text);
    }

    @Override
    public int[] startsAlone(String text) {
      return tokenizer.starts(text);
    }
  }
}
