package dev.streambed.e2e.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The steps of a release, in CONTRIBUTING.md, against the build. */
class ReleaseTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern OURS =
      Pattern.compile("<artifactId>streambed-([a-z-]+)</artifactId>\\s*<version>");
  private static final Pattern PROFILE = Pattern.compile("<profile>.*?</profile>", Pattern.DOTALL);

  @Test
  void deploysTheParentTheBomAndEachArtefactOfTheBom() throws IOException {
    List<String> artefacts = artefactsOfTheBom();

    String release = release();

    String modules = release.substring(release.indexOf("-pl ") + 4).split("\\s", 2)[0];
    assertThat(modules.split(",", -1))
        .contains(".", "bom")
        .containsAll(artefacts)
        .doesNotHaveDuplicates();
    assertThat(modules.split(",", -1)).hasSize(artefacts.size() + 2);
  }

  @Test
  void theApiOfEachOfThemIsCompared() throws IOException {
    for (String artefact : artefactsOfTheBom()) {
      assertThat(Files.readString(ROOT.resolve(artefact).resolve("pom.xml")))
          .as(artefact)
          .contains("<japicmp.skip>false</japicmp.skip>");
    }
    assertThat(profile("api")).contains("<name>streambed.api.base</name>");
    assertThat(release()).contains("-Dstreambed.api.base=A.B.C > .mvn/maven.config");
    assertThat(ROOT.resolve(".mvn/promised-types.groovy")).exists();
  }

  @Test
  void makesSourcesAndJavadoc() throws IOException {
    assertThat(release()).contains("mvn deploy -Prelease ");
    assertThat(profile("release")).contains("maven-source-plugin", "maven-javadoc-plugin");
  }

  /** Failsafe has a switch of its own since 3.6. */
  @Test
  void runsNoTestsOfAnyKindWithSkipTests() throws IOException {
    assertThat(release()).contains(" -DskipTests ");
    assertThat(Files.readString(ROOT.resolve("pom.xml")))
        .contains("<skipITs>${skipTests}</skipITs>");
  }

  private static List<String> artefactsOfTheBom() throws IOException {
    String bom = Files.readString(ROOT.resolve("bom/pom.xml"));
    List<String> found =
        OURS.matcher(bom.substring(bom.indexOf("<dependencyManagement>")))
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(found).hasSizeGreaterThan(5);
    return found;
  }

  private static String release() throws IOException {
    String guide = Files.readString(ROOT.resolve("CONTRIBUTING.md"));
    return guide.substring(guide.indexOf("## Release"));
  }

  private static String profile(String id) throws IOException {
    return PROFILE
        .matcher(Files.readString(ROOT.resolve("pom.xml")))
        .results()
        .map(MatchResult::group)
        .filter(profile -> profile.contains("<id>" + id + "</id>"))
        .findFirst()
        .orElseThrow();
  }
}
