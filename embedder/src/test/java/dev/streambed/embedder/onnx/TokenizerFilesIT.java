package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.SpecialTokensInText;
import dev.streambed.embedder.model.TinyModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The settings of a tokenizer.json, and those of them that count. */
class TokenizerFilesIT {
  private static final Path TINY = TinyModelDirectory.path().resolve(ModelDirectory.TOKENIZER_FILE);

  private static final String SPECIAL = "\"single_word\":false,\"lstrip\":false,\"rstrip\":false";

  @TempDir private Path folder;

  @Test
  void cutsTheEndOffWhateverDirectionTheFileNames() throws IOException {
    Path left =
        tokenizer(
            Files.readString(TINY)
                .replaceFirst("(\"truncation\"[^}]*\"direction\" : )\"Right\"", "$1\"Left\""));

    assertThat(ids(left, 6, "the man and the dog and the cat"))
        .isEqualTo(ids(TINY, 6, "the man and the cat and the dog"))
        .isNotEqualTo(ids(left, 6, "cat man and the dog and the cat"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[SEP]", "[CLS]", "[PAD]", "[UNK]"})
  void takesATokenOfBertInATextForText(String token) {
    // [ and ] are not in the vocabulary of the tiny model: 1 is its unknown token
    long[] ids = ids(TINY, 16, "a %s b".formatted(token));

    assertThat(ids).startsWith(2, 4, 1).endsWith(1, 6, 3);
    assertThat(ids.length).isGreaterThan(5);
    assertThat(Arrays.stream(ids, 1, ids.length - 1).boxed()).doesNotContain(0L, 2L, 3L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"<s>", "</s>", "<pad>", "<unk>", "<mask>"})
  void takesATokenOfAUnigramVocabularyInATextForText(String token) throws IOException {
    Path unigram = tokenizer(unigram());

    long[] ids = ids(unigram, 64, "a %s b".formatted(token));

    // every character is a piece of its own, and each word starts with the piece of a space
    assertThat(Arrays.stream(ids, 1, ids.length - 1)).allMatch(id -> id > 4);
    assertThat(ids).hasSize(2 + 2 + 1 + token.length() + 2);
    assertThat(ids(unigram, 64, token)).hasSize(2 + 1 + token.length());
  }

  @Test
  void takesAWordThatIsASpecialTokenForAnUnknownWord() throws IOException {
    Path words =
        tokenizer(
            """
            {"added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},
             "post_processor":{"type":"BertProcessing","sep":["[SEP]",1],"cls":["[CLS]",2]},
             "model":{"type":"WordLevel","vocab":{"[UNK]":0,"[SEP]":1,"[CLS]":2,"a":3},"unk_token":"[UNK]"}}""");

    assertThat(ids(words, 16, "a [SEP] b [CLS] [UNK]")).containsExactly(2, 3, 0, 0, 0, 0, 1);
  }

  @Test
  void keepsTheIdsOfWordsThatWereAddedBehindTheVocabulary() throws IOException {
    Path words =
        tokenizer(
            """
            {"added_tokens":[{"id":3,"content":"<mask>",%s,"normalized":false,"special":true},
                             {"id":4,"content":"kafka",%s,"normalized":true,"special":false}],
             "pre_tokenizer":{"type":"WhitespaceSplit"},
             "post_processor":{"type":"BertProcessing","sep":["[SEP]",1],"cls":["[CLS]",1]},
             "model":{"type":"WordLevel","vocab":{"[UNK]":0,"[SEP]":1,"a":2},"unk_token":"[UNK]"}}"""
                .formatted(SPECIAL, SPECIAL));

    assertThat(ids(words, 16, "a kafka <mask>")).containsExactly(1, 2, 4, 0, 1);
  }

  @Test
  void takesASpecialTokenInATextForOneWhereTheModelNeedsIt() {
    try (TextTokenizer tokenizer = TextTokenizer.open(TINY, 16, SpecialTokensInText.CONTROL)) {
      assertThat(tokenizer.tokenise("a [SEP] b").ids()).containsExactly(2, 4, 3, 6, 3);
    }
  }

  @ParameterizedTest
  @EnumSource(SpecialTokensInText.class)
  void knowsTheTokenOfWhatTheVocabularyDoesNotHave(SpecialTokensInText inText) throws IOException {
    String words =
        """
        {"pre_tokenizer":{"type":"WhitespaceSplit"},
         "model":{"type":"WordLevel","vocab":{"a":0,"[UNK]":7,"b":1},"unk_token":"[UNK]"}}""";
    String bytes =
        """
        {"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true},
         "model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""";

    assertThat(unknownToken(TINY, inText)).hasValue(1);
    assertThat(unknownToken(tokenizer(words), inText)).hasValue(7);
    assertThat(unknownToken(tokenizer(unigram()), inText)).hasValue(3);
    assertThat(unknownToken(tokenizer(bytes), inText)).isEmpty();
  }

  private static OptionalInt unknownToken(Path file, SpecialTokensInText inText) {
    try (TextTokenizer tokenizer = TextTokenizer.open(file, 16, inText)) {
      return tokenizer.unknownToken();
    }
  }

  private static long[] ids(Path file, int maxTokens, String text) {
    try (TextTokenizer tokenizer = TextTokenizer.open(file, maxTokens)) {
      return tokenizer.tokenise(text).ids();
    }
  }

  /** XLM-RoBERTa's shape: special tokens are pieces of the model, with the best of all scores. */
  private static String unigram() {
    StringBuilder pieces = new StringBuilder();
    for (char piece : "▁ab<>/smaskpdun".toCharArray()) {
      if (pieces.indexOf("\"" + piece + "\"") < 0) {
        pieces.append(",[\"%s\",-2]".formatted(piece));
      }
    }
    return """
        {"added_tokens":[{"id":0,"content":"<s>",%1$s,"normalized":false,"special":true},
                         {"id":1,"content":"<pad>",%1$s,"normalized":false,"special":true},
                         {"id":2,"content":"</s>",%1$s,"normalized":false,"special":true},
                         {"id":3,"content":"<unk>",%1$s,"normalized":false,"special":true},
                         {"id":4,"content":"<mask>",%1$s,"normalized":false,"special":true}],
         "normalizer":null,
         "pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},
         "post_processor":{"type":"TemplateProcessing",
           "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
                     {"SpecialToken":{"id":"</s>","type_id":0}}],
           "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":0}}],
           "special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]},
                             "</s>":{"id":"</s>","ids":[2],"tokens":["</s>"]}}},
         "model":{"type":"Unigram","unk_id":3,"byte_fallback":false,"vocab":[["<s>",0.0],["<pad>",0.0],["</s>",0.0],
                  ["<unk>",0.0],["<mask>",0.0]%2$s,["x",-9]]}}"""
        .formatted(SPECIAL, pieces);
  }

  private Path tokenizer(String json) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "tokenizer", ".json"), json);
  }
}
