package dev.streambed.e2e.records;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * Strings that the tests plant in texts, keys, headers and credentials, and that no log may ever
 * hold, at any level.
 */
public final class Canaries {
  /** In each of them. */
  private static final String MARK = "5d1ccanary";

  public static final String TEXT = MARK + "text";
  public static final String KEY = MARK + "key";
  public static final String HEADER = MARK + "header";
  public static final String METADATA = MARK + "metadata";
  public static final String CREDENTIAL = MARK + "credential";

  private static final List<String> FORMS = forms();

  private Canaries() {}

  /** Fails if one is in a log file, or in any below a directory. */
  public static void assertNoneInLogs(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> logs = files.filter(file -> file.toString().endsWith(".log")).toList();
      if (logs.isEmpty()) {
        throw new AssertionError("There is no log in " + directory + " to search.");
      }
      List<String> found = new ArrayList<>();
      for (Path log : logs) {
        found.addAll(linesWithOne(log));
      }
      if (!found.isEmpty()) {
        throw new AssertionError(
            "%d lines of logs hold what was planted in records or credentials: %s"
                .formatted(found.size(), found.subList(0, Math.min(20, found.size()))));
      }
    } catch (IOException e) {
      throw new AssertionError("Cannot search the logs in " + directory + ".", e);
    }
  }

  /** Names the lines by file and number, with what they begin with. */
  private static List<String> linesWithOne(Path log) throws IOException {
    List<String> found = new ArrayList<>();
    int number = 0;
    try (BufferedReader lines = Files.newBufferedReader(log, StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (FORMS.stream().anyMatch(line::contains)) {
          String start = line.substring(0, Math.min(80, line.length()));
          found.add("%s:%d: %s".formatted(log.getFileName(), number, start));
        }
      }
    }
    return found;
  }

  /** The mark as text, as a printed array of bytes, and in Base64 at each of its three offsets. */
  private static List<String> forms() {
    byte[] bytes = MARK.getBytes(StandardCharsets.UTF_8);
    String array = Arrays.toString(bytes);
    List<String> forms = new ArrayList<>(List.of(MARK, array.substring(1, array.length() - 1)));
    for (int offset = 0; offset < 3; offset++) {
      byte[] shifted = new byte[offset + bytes.length];
      System.arraycopy(bytes, 0, shifted, offset, bytes.length);
      String encoded = Base64.getEncoder().withoutPadding().encodeToString(shifted);
      // The first and last characters depend on the neighbours, too.
      forms.add(encoded.substring(offset == 0 ? 0 : offset + 1, encoded.length() - 1));
    }
    return forms;
  }
}
