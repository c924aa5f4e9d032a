package dev.streambed.cli.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Pairs of texts, with what people say of how alike they are.
 *
 * @param scores in the order of the pairs; only their order matters
 */
record StsPairs(List<String> firsts, List<String> seconds, List<Double> scores) {
  private static final String FIRST = "sentence1";
  private static final String SECOND = "sentence2";
  private static final String SCORE = "score";

  /** Columns of the files of the STS benchmark (Cer et al. 2017), which have no header. */
  private static final List<String> STS_BENCHMARK =
      List.of("genre", "filename", "year", "id", SCORE, FIRST, SECOND);

  private static final int FEWEST = 2;

  /**
   * Reads a file, or all files of a folder: JSON lines ({@code .jsonl}), or columns with tabs
   * between them ({@code .tsv}, {@code .csv}) under a header with sentence1, sentence2 and score;
   * without a header the columns of the STS benchmark.
   *
   * @throws CommandFailedException if there is none, or one is malformed
   */
  static StsPairs read(Path path) throws InterruptedException {
    var pairs = new StsPairs(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (Path file : files(path)) {
      if (isJson(file)) {
        LabelledFile.readJson(file, pairs::add);
      } else {
        pairs.readColumns(file);
      }
    }
    if (pairs.scores.size() < FEWEST) {
      throw new CommandFailedException(
          "%s has %d pairs of texts; a correlation needs two."
              .formatted(path, pairs.scores.size()));
    }
    return pairs;
  }

  private static List<Path> files(Path path) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> files = Files.list(path)) {
      List<Path> found =
          files
              .filter(file -> file.getFileName().toString().matches(".*[.](jsonl|tsv|csv)([.]gz)?"))
              .sorted()
              .toList();
      if (found.isEmpty()) {
        throw new CommandFailedException(
            "%s has no file that ends with .jsonl, .tsv or .csv.".formatted(path));
      }
      return found;
    } catch (IOException e) {
      throw new CommandFailedException("Cannot read %s: %s".formatted(path, e), e);
    }
  }

  private static boolean isJson(Path file) {
    return file.getFileName().toString().matches(".*[.]jsonl([.]gz)?");
  }

  private void add(JsonNode object, LabelledFile file) {
    JsonNode score = object.path(SCORE);
    add(
        file.text(object, FIRST),
        file.text(object, SECOND),
        file.number(score.isValueNode() ? score.asText() : "", SCORE));
  }

  private void readColumns(Path path) throws InterruptedException {
    List<String> columns = new ArrayList<>();
    LabelledFile.readLines(
        path,
        (line, file) -> {
          List<String> cells = Arrays.asList(line.split("\t", -1));
          if (columns.isEmpty()) {
            boolean isHeader = cells.containsAll(List.of(FIRST, SECOND, SCORE));
            columns.addAll(isHeader ? cells : STS_BENCHMARK);
            if (isHeader) {
              return;
            }
          }
          int last = Math.max(columns.indexOf(FIRST), columns.indexOf(SECOND));
          if (cells.size() <= Math.max(last, columns.indexOf(SCORE))) {
            throw file.failure(
                "it has %d columns with tabs between them, not at least %d"
                    .formatted(cells.size(), last + 1));
          }
          add(
              cells.get(columns.indexOf(FIRST)),
              cells.get(columns.indexOf(SECOND)),
              file.number(cells.get(columns.indexOf(SCORE)), SCORE));
        });
  }

  private void add(String first, String second, double score) {
    firsts.add(first);
    seconds.add(second);
    scores.add(score);
  }
}
