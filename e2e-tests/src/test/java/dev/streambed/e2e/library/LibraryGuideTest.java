package dev.streambed.e2e.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The blocks of docs/library.md are files that a build or a test runs. */
class LibraryGuideTest {
  private static final Path DOCS = Path.of("../docs");
  private static final Pattern BLOCK =
      Pattern.compile("(?:<!-- (\\S+) -->\n)?```(java|xml)\n(.*?)\n```\n", Pattern.DOTALL);
  private static final Pattern VERSION = Pattern.compile("<version>(.*?)</version>");

  @Test
  void eachBlockIsAFileThatRuns() throws IOException {
    List<String> files = new ArrayList<>();
    Matcher block = BLOCK.matcher(Files.readString(DOCS.resolve("library.md")));
    while (block.find()) {
      assertThat(block.group(1)).as("file of the block: %s", block.group(3)).isNotNull();
      Path file = DOCS.resolve(block.group(1));
      assertThat(block.group(3) + "\n").as("%s", file).isEqualTo(Files.readString(file));
      files.add(file.getFileName().toString());
    }

    assertThat(files)
        .containsExactly(
            "pom.xml",
            "FirstJob.java",
            "FirstJobTest.java",
            "OwnKafkaJob.java",
            "FirstTexts.java",
            "Embed.java");
  }

  @Test
  void theBomHasOurVersionAndEachArtefactOfTheLibrary() throws IOException {
    String bom = Files.readString(Path.of("../bom/pom.xml"));
    String ours = ownVersion(Files.readString(Path.of("../pom.xml")));

    assertThat(ownVersion(bom)).isEqualTo(ours);
    assertThat(Files.readString(DOCS.resolve("examples/article-job/pom.xml")))
        .contains("<streambed.version>" + ours + "</streambed.version>");
    try (Stream<String> artefacts =
        Stream.of(
            "schemas",
            "embedder",
            "importer",
            "default-model",
            "query",
            "operator",
            "testing",
            "sql",
            "jobs")) {
      assertThat(artefacts)
          .allSatisfy(
              name -> assertThat(bom).contains("<artifactId>streambed-" + name + "</artifactId>"));
    }
  }

  private static String ownVersion(String pom) {
    Matcher version = VERSION.matcher(pom);
    assertThat(version.find()).isTrue();
    return version.group(1);
  }
}
