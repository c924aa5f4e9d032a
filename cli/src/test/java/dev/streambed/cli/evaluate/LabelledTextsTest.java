package dev.streambed.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of pairs, and folders of documents, queries and judgements. */
class LabelledTextsTest {
  @TempDir private Path folder;

  @Test
  void readsPairsInEachForm() throws Exception {
    write("a.jsonl", "{\"sentence1\": \"x\", \"sentence2\": \"y\", \"score\": 2}\n\n");
    write("b.tsv", "index\tscore\tsentence2\tsentence1\n0\t3.5\tq\tp\n");
    write("c.csv", "main-news\tfile\t2012\t0024\t1.25\tfirst\tsecond \"one\"\ta source\n");
    compress("d.jsonl.gz", "{\"sentence1\": \"m\", \"sentence2\": \"n\", \"score\": \"4\"}");
    write("readme.txt", "not pairs");

    assertThat(StsPairs.read(folder))
        .isEqualTo(
            new StsPairs(
                List.of("x", "p", "first", "m"),
                List.of("y", "q", "second \"one\"", "n"),
                List.of(2.0, 3.5, 1.25, 4.0)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a.jsonl | {\"sentence1\": \"secret\"} | line 1: it has no text 'sentence2'.",
        "a.jsonl | {\"sentence1\": \"secret\", \"sentence2\": \"b\"} | line 1: its score is no number.",
        "a.jsonl | {\"sentence1\": \"secret\", \"sentence2\": \"b\", \"score\": [1]} | line 1: its score is no number.",
        "a.jsonl | secret | line 1: it is no JSON object.",
        "a.tsv | secret and more | line 1: it has 1 columns with tabs between them, not at least 7.",
      })
  void saysWhichLineOfAFileIsWrong(String name, String content, String message) throws IOException {
    Path file = write(name, content);

    assertThatThrownBy(() -> StsPairs.read(file))
        .isInstanceOf(CommandFailedException.class)
        .hasMessage("%s, %s".formatted(file, message));
  }

  @Test
  void saysThatThereIsNothingToRead() throws IOException {
    assertThatThrownBy(() -> StsPairs.read(folder))
        .hasMessage("%s has no file that ends with .jsonl, .tsv or .csv.".formatted(folder));
    Path one = write("a.jsonl", "{\"sentence1\": \"x\", \"sentence2\": \"y\", \"score\": 2}");
    assertThatThrownBy(() -> StsPairs.read(one)).hasMessageEndingWith("a correlation needs two.");
    Path none = folder.resolve("none.jsonl");
    assertThatThrownBy(() -> StsPairs.read(none))
        .hasMessageStartingWith("Cannot read %s: ".formatted(none));
    Path latin = folder.resolve("latin.jsonl");
    Files.write(latin, new byte[] {'{', (byte) 0xE9, '}'});
    assertThatThrownBy(() -> StsPairs.read(latin))
        .hasMessage("%s is not in UTF-8.".formatted(latin));
  }

  @Test
  void readsAFolderOfBeir() throws Exception {
    compress(
        "corpus.jsonl.gz",
        """
        {"_id": "d1", "title": "T", "text": "one"}
        {"_id": "d2", "title": "", "text": "two"}
        {"_id": "d3", "text": "three"}
        """);
    write(
        "queries.jsonl",
        "{\"_id\": \"q2\", \"text\": \"b\"}\n{\"_id\": \"q1\", \"text\": \"a\"}\n");
    write("qrels/dev.tsv", "query-id\tcorpus-id\tscore\nq2\td1\t1\nq2\td3\t0\n");

    RetrievalSet set = RetrievalSet.open(folder, "dev");

    assertThat(set.queries()).isEqualTo(Map.of("q2", "b"));
    assertThat(set.judgements()).isEqualTo(Map.of("q2", Map.of("d1", 1, "d3", 0)));
    List<List<RetrievalSet.Document>> batches = new ArrayList<>();
    set.readCorpus(2, batches::add);
    assertThat(batches)
        .containsExactly(
            List.of(
                new RetrievalSet.Document("d1", "T one"), new RetrievalSet.Document("d2", "two")),
            List.of(new RetrievalSet.Document("d3", "three")));
  }

  @Test
  void saysWhatAFolderOfBeirLacks() throws IOException {
    write("corpus.jsonl", "{\"_id\": \"d1\", \"text\": \"one\"}");
    assertThatThrownBy(() -> RetrievalSet.open(folder, "test"))
        .hasMessage(
            "%s has no queries.jsonl (nor queries.jsonl.gz): a folder in BEIR's format has corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv."
                .formatted(folder));
    write("queries.jsonl", "{\"_id\": \"q1\", \"text\": \"a\"}");
    assertThatThrownBy(() -> RetrievalSet.open(folder, "test"))
        .hasMessageStartingWith("%s has no qrels/test.tsv".formatted(folder));
    write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq7\td1\t1\n");
    assertThatThrownBy(() -> RetrievalSet.open(folder, "test"))
        .hasMessageEndingWith("has no query 'q7', which the judgements of split test name.");
    write("qrels/test.tsv", "q1 d1 1\n");
    assertThatThrownBy(() -> RetrievalSet.open(folder, "test"))
        .hasMessageEndingWith(
            "line 1: it has 1 columns with tabs between them, not query-id, corpus-id and score.");
  }

  private Path write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private void compress(String name, String content) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve(name)))) {
      out.write(content.getBytes(StandardCharsets.UTF_8));
    }
  }
}
