package dev.streambed.cli.evaluate;

import dev.streambed.cli.terminal.CommandFailedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A folder in the format of BEIR (Thakur et al. 2021, arXiv:2104.08663): {@code corpus.jsonl},
 * {@code queries.jsonl} and {@code qrels/SPLIT.tsv}. Documents are read when they are embedded, as
 * there may be millions.
 *
 * @param queries by id, those with a judgement alone
 * @param judgements how relevant documents are, by id of the query and of the document
 */
record RetrievalSet(
    Path corpus, Map<String, String> queries, Map<String, Map<String, Integer>> judgements) {
  private static final String ID = "_id";
  private static final String TEXT = "text";
  private static final String TITLE = "title";
  private static final int COLUMNS = 3;

  /** A text to find. */
  record Document(String id, String text) {}

  /** Takes some documents. */
  interface Batch {
    void take(List<Document> documents) throws InterruptedException;
  }

  /**
   * Opens a folder.
   *
   * @param split which judgements, such as test
   * @throws CommandFailedException if a file is missing or malformed
   */
  static RetrievalSet open(Path folder, String split) throws InterruptedException {
    Path corpus = file(folder, "corpus.jsonl");
    Path queryFile = file(folder, "queries.jsonl");
    Map<String, Map<String, Integer>> judgements =
        judgements(file(folder, "qrels/%s.tsv".formatted(split)));
    Map<String, String> texts = new HashMap<>();
    LabelledFile.readJson(
        queryFile, (query, file) -> texts.put(file.text(query, ID), file.text(query, TEXT)));
    Map<String, String> queries = new LinkedHashMap<>();
    for (String id : judgements.keySet()) {
      String text = texts.get(id);
      if (text == null) {
        throw new CommandFailedException(
            "%s has no query '%s', which the judgements of split %s name."
                .formatted(queryFile, id, split));
      }
      queries.put(id, text);
    }
    return new RetrievalSet(corpus, queries, judgements);
  }

  private static Path file(Path folder, String name) {
    Path found = LabelledFile.find(folder, name);
    if (found == null) {
      throw new CommandFailedException(
          "%s has no %s (nor %s.gz): a folder in BEIR's format has corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv."
              .formatted(folder, name, name));
    }
    return found;
  }

  private static Map<String, Map<String, Integer>> judgements(Path path)
      throws InterruptedException {
    Map<String, Map<String, Integer>> judgements = new LinkedHashMap<>();
    LabelledFile.readLines(
        path,
        (line, file) -> {
          String[] cells = line.split("\t", -1);
          if (file.number() == 1 && cells[0].equals("query-id")) {
            return;
          }
          if (cells.length != COLUMNS) {
            throw file.failure(
                "it has %d columns with tabs between them, not query-id, corpus-id and score"
                    .formatted(cells.length));
          }
          int score = (int) file.number(cells[2], "score");
          judgements.computeIfAbsent(cells[0], id -> new HashMap<>()).put(cells[1], score);
        });
    if (judgements.isEmpty()) {
      throw new CommandFailedException("%s has no judgement.".formatted(path));
    }
    return judgements;
  }

  /** Reads the documents; their text is the title and the text, as BEIR joins them. */
  void readCorpus(int size, Batch batch) throws InterruptedException {
    List<Document> documents = new ArrayList<>(size);
    LabelledFile.readJson(
        corpus,
        (object, file) -> {
          String title = object.path(TITLE).asText("");
          String text = file.text(object, TEXT);
          documents.add(new Document(file.text(object, ID), join(title, text)));
          if (documents.size() == size) {
            batch.take(List.copyOf(documents));
            documents.clear();
          }
        });
    if (!documents.isEmpty()) {
      batch.take(documents);
    }
  }

  private static String join(String title, String text) {
    return title.isBlank() ? text : title + " " + text;
  }
}
