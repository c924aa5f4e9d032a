package dev.streambed.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerFileTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'model': {'vocab': {'a': 0, 'b': 7}}}|7",
        "{'model': {'vocab': {'a': 0}}, 'added_tokens': [{'id': 9}, {'id': 3}]}|9",
        "{'model': {'vocab': [['a', -1.5], ['b', -2.5], ['c', -3.0]]}}|2", // Unigram
        "{'model': {'type': 'unheard of'}}|-1"
      })
  void findsTheHighestTokenId(String json, long expected) throws IOException {
    Path file = write(json.replace('\'', '"'));

    assertThat(TokenizerFile.read(file).highestId()).isEqualTo(expected);
  }

  @Test
  void refusesAMissingFile() {
    assertRefused(folder.resolve("none.json"), "There is no tokeniser file %s.");
  }

  @Test
  void refusesAnEmptyFile() throws IOException {
    assertRefused(write(""), "Tokeniser file %s is empty (0 bytes).");
  }

  @Test
  void refusesAFileThatIsCutOff() throws IOException {
    Path file = write("{\"model\": {\"vocab\": {\"a\": 0");

    assertThatThrownBy(() -> TokenizerFile.read(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Tokeniser file " + file + " is not JSON: Unexpected end-of-input");
  }

  @Test
  void refusesAnotherKindOfTokeniserFile() throws IOException {
    assertRefused(
        write("{\"do_lower_case\": true}"),
        "Tokeniser file %s has no \"model\"; a tokenizer.json of the Hugging Face tokenizers"
            + " library is needed.");
  }

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("tokenizer.json"), json);
  }

  private static void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> TokenizerFile.read(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(message.formatted(file));
  }
}
