package dev.streambed.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the files of the page are held to without a browser; PageIT opens them in one. */
class PageSourcesTest {
  private static final Path FOLDER = Path.of("src/main/resources/dev/streambed/server/page");
  private static final String VENDORED = "umap-js.js";
  private static final String LICENCE = "umap-js-licence.txt";
  private static final long MOST_BYTES = 1 << 20;
  private static final long MOST_LINES = 300;

  @Test
  void areOneMegabyteAtMost() throws IOException {
    long bytes = 0;
    for (Path file : files()) {
      bytes += Files.size(file);
    }

    assertThat(bytes).isBetween(100_000L, MOST_BYTES);
  }

  @Test
  void areShortEnoughToRead() throws IOException {
    for (Path file : own("")) {
      assertThat(Files.readAllLines(file))
          .as("%s", file)
          .hasSizeLessThanOrEqualTo((int) MOST_LINES);
    }
  }

  /**
   * The content security policy would refuse these, and a page that works without them is safe
   * without it.
   */
  @Test
  void holdNoScriptOrStyleInTheHtml() throws IOException {
    String html = Files.readString(FOLDER.resolve("index.html"));

    assertThat(html).doesNotContainPattern("(?i)<style|\\sstyle=|\\son[a-z]+=|javascript:");
    assertThat(html).doesNotContainPattern("(?i)<script(?![^>]*\\ssrc=\"[a-z-]+\\.js\"></script>)");
  }

  /** Texts of records would become HTML there. */
  @Test
  void putTextsInWithTextContentAlone() throws IOException {
    for (Path file : own(".js")) {
      assertThat(Files.readString(file))
          .as("%s", file)
          .doesNotContainPattern(
              "innerHTML|outerHTML|insertAdjacentHTML|setHTML|srcdoc|createContextualFragment"
                  + "|DOMParser|document\\.write|\\beval\\(|new Function|setTimeout\\(\\s*[\"'`]"
                  + "|[\"'`](style|on[a-z]+)[\"'`]\\s*,");
    }
  }

  @Test
  void nameNoOtherHost() throws IOException {
    for (Path file : own("")) {
      String text = Files.readString(file).replace("http://www.w3.org/2000/svg", ""); // a name
      assertThat(text).as("%s", file).doesNotContainPattern("(?i)https?:|[\"'(]//|@import");
    }
  }

  @Test
  void findEachElementThatTheyAskFor() throws IOException {
    String html = Files.readString(FOLDER.resolve("index.html"));
    var missing = new TreeSet<String>();
    for (Path file : own(".js")) {
      missing.addAll(matches("byId\\(\"([^\"]+)\"\\)", Files.readString(file)));
    }
    missing.addAll(matches("\\s(?:for|list|aria-labelledby|aria-describedby)=\"([^\"]+)\"", html));
    assertThat(missing).hasSizeGreaterThan(50);

    missing.removeAll(matches("\\sid=\"([^\"]+)\"", html));
    assertThat(missing).isEmpty();
  }

  /** As in the package that NOTICE names; another version is taken with its licence. */
  @Test
  void haveUmapAsItWasPublished() throws IOException, NoSuchAlgorithmException {
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(FOLDER.resolve(VENDORED)));

    assertThat(HexFormat.of().formatHex(digest))
        .isEqualTo("af8a5b0a943a2fa56ba67a9bde95a86e82053771316108fc57090aa79227d40e");
  }

  private static List<String> matches(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(match -> match.group(1)).toList();
  }

  private static List<Path> own(String ending) throws IOException {
    List<Path> own =
        files().stream()
            .filter(
                file ->
                    file.toString().endsWith(ending)
                        && !file.endsWith(VENDORED)
                        && !file.endsWith(LICENCE))
            .collect(Collectors.toList());
    assertThat(own).isNotEmpty();
    return own;
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().toList();
    }
  }
}
