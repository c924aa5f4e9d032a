package dev.streambed.importer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.tukaani.xz.XZInputStream;

/**
 * The published tokeniser, and multilingual texts, unpacked from the test resources; see README.md
 * beside them.
 */
public final class RealTokenizer {
  private static final String FOLDER = "/dev/streambed/importer/tokenizer/";

  private RealTokenizer() {}

  /** Writes the published tokenizer.json, 17 MB; {@code file} must not exist. */
  public static Path writeTo(Path file) throws IOException {
    try (InputStream in = open("tokenizer.json.xz")) {
      Files.copy(in, file);
    }
    return file;
  }

  /** Texts with their ids: language, script, text, ids separated by spaces. */
  static List<String[]> goldenIds() throws IOException {
    return rows("golden-ids.tsv.xz");
  }

  /** Paragraphs in 98 languages: language, ISO 639-3, paragraph. */
  public static List<String[]> paragraphs() throws IOException {
    return rows("udhr.tsv.xz");
  }

  private static List<String[]> rows(String name) throws IOException {
    try (var reader =
        new BufferedReader(new InputStreamReader(open(name), StandardCharsets.UTF_8))) {
      return reader.lines().map(line -> line.split("\t", -1)).toList();
    }
  }

  private static InputStream open(String name) throws IOException {
    InputStream packed =
        Objects.requireNonNull(RealTokenizer.class.getResourceAsStream(FOLDER + name), name);
    return new XZInputStream(packed);
  }
}
