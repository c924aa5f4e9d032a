package dev.streambed.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.streambed.benchmarks.BenchmarkMain;
import dev.streambed.cli.Main;
import dev.streambed.jobs.options.KnownOptions;
import dev.streambed.jobs.options.PipelineFile;
import dev.streambed.schemas.json.TextRecordCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Where the guides lead to, and what they show. */
class GuidesTest {
  private static final Pattern CODE = Pattern.compile("`[^`\n]*`");
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");

  /** As code names guides: a path from the root, or the number of a decision record. */
  private static final Pattern MENTION =
      Pattern.compile("docs/[\\w/-]+\\.md|docs/decisions/\\d{4}");

  private static final Pattern COMMAND = Pattern.compile("\\./streambed ([^`\n|#>…;]*)");

  /** A word of a command; a quoted text is one. */
  private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|\\S+");

  /** A block between fences, after a comment with the file that it shows. */
  private static final Pattern FILE = Pattern.compile("(?ms)^<!-- (\\S+) -->\n```\\w+\n(.*?)^```$");

  /** The first line of a pipeline file, which guides do not show. */
  private static final String FOR_EDITORS = "^# yaml-language-server: .*\n";

  @TempDir private Path folder;

  @Test
  void linksLeadSomewhere() throws IOException {
    List<String> dead = new ArrayList<>();

    for (Path guide : Guides.files(".md")) {
      for (MatchResult link : matches(LINK, CODE.matcher(Guides.read(guide)).replaceAll("code"))) {
        if (!link.group(1).startsWith("https://") && !leadsSomewhere(guide, link.group(1))) {
          dead.add(Guides.ROOT.relativize(guide) + ": " + link.group(1));
        }
      }
    }

    assertThat(dead).isEmpty();
  }

  @Test
  void guidesThatCodeMentionsAreThere() throws IOException {
    List<String> dead = new ArrayList<>();

    for (String ending : List.of(".java", ".yaml", ".yml", "pom.xml")) {
      for (Path file : Guides.files(ending)) {
        for (MatchResult mention : matches(MENTION, Guides.read(file))) {
          if (!isThere(mention.group())) {
            dead.add(Guides.ROOT.relativize(file) + ": " + mention.group());
          }
        }
      }
    }

    assertThat(dead).isEmpty();
  }

  @Test
  void pipelineFilesAreTaken() throws IOException {
    List<String> shown = new ArrayList<>(blocks(Guides.PIPELINE));
    try (Stream<Path> files = Files.list(Guides.ROOT.resolve("docs/examples"))) {
      files.filter(file -> file.toString().endsWith(".yaml")).map(Guides::read).forEach(shown::add);
    }

    copySchemas();
    assertThat(shown).hasSizeGreaterThan(5);
    for (String yaml : shown) {
      Path file = Files.writeString(folder.resolve("pipeline.yaml"), yaml);
      assertThatCode(() -> KnownOptions.check(PipelineFile.read(file)))
          .as(yaml)
          .doesNotThrowAnyException();
    }
  }

  /** Examples name their schema files, which lie beside them. */
  private void copySchemas() throws IOException {
    try (Stream<Path> files = Files.list(Guides.ROOT.resolve("docs/examples"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
  }

  @Test
  void blocksThatNameAFileAreThatFile() throws IOException {
    int compared = 0;

    for (Path guide : Guides.files(".md")) {
      for (MatchResult block : matches(FILE, Guides.read(guide))) {
        assertThat(block.group(2))
            .as("%s in %s", block.group(1), guide)
            .isEqualTo(
                Guides.read(guide.resolveSibling(block.group(1))).replaceFirst(FOR_EDITORS, ""));
        compared++;
      }
    }

    assertThat(compared).isGreaterThan(3);
  }

  @Test
  void recordsDecode() throws IOException {
    List<String> shown = blocks("\\{\"key\":\"[^\n]*");

    assertThat(shown).isNotEmpty();
    for (String record : shown) {
      byte[] value = record.getBytes(StandardCharsets.UTF_8);
      assertThatCode(() -> TextRecordCodec.decodeJson(value, null, -1))
          .as(record)
          .doesNotThrowAnyException();
    }
  }

  @Test
  void commandsAreTaken() throws IOException {
    int taken = 0;

    for (Path guide : Guides.files(".md")) {
      for (MatchResult command : matches(COMMAND, Guides.read(guide))) {
        String[] arguments = arguments(command.group(1));
        if (arguments.length > 0) {
          assertThatCode(() -> parse(arguments))
              .as("%s: %s", guide, command.group())
              .doesNotThrowAnyException();
          taken++;
        }
      }
    }

    assertThat(taken).isGreaterThan(20);
  }

  @Test
  void javaCompiles() throws IOException {
    List<String> shown = blocks("(?s)(try \\(var |\\w+ \\w+ = |var \\w+ = ).*");
    Path examples = Guides.ROOT.resolve("docs/examples");
    List<Path> sources = new ArrayList<>();
    for (int i = 0; i < shown.size(); i++) {
      sources.add(
          Files.writeString(
              folder.resolve("Example%d.java".formatted(i)), program(i, shown.get(i))));
    }
    try (Stream<Path> files = Files.list(examples)) {
      files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
    }

    assertThat(shown).hasSizeGreaterThan(2);
    for (Path source : sources) {
      assertThat(compile(source)).as(Guides.read(source)).isZero();
    }
  }

  private static boolean leadsSomewhere(Path guide, String link) {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? guide : guide.resolveSibling(parts[0]).normalize();
    return Files.exists(target) && (parts.length == 1 || anchors(target).contains(parts[1]));
  }

  /** As GitHub makes them of headings. */
  private static List<String> anchors(Path guide) {
    return matches(HEADING, Guides.read(guide)).stream()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\w\\- ]", "").replace(' ', '-'))
        .toList();
  }

  private static boolean isThere(String mention) throws IOException {
    if (mention.endsWith(".md")) {
      return Files.exists(Guides.ROOT.resolve(mention));
    }
    String number = mention.substring(mention.length() - 4);
    try (Stream<Path> records = Files.list(Guides.ROOT.resolve("docs/decisions"))) {
      return records.anyMatch(file -> file.getFileName().toString().startsWith(number));
    }
  }

  /** Blocks of the README and the guides that look so. */
  private static List<String> blocks(String pattern) throws IOException {
    List<String> blocks = new ArrayList<>();
    for (Path guide : Guides.files(".md")) {
      Guides.blocks(Guides.read(guide)).stream()
          .filter(block -> block.matches(pattern))
          .forEach(blocks::add);
    }
    return blocks;
  }

  /** With numbers in the places of N and S, and without the brackets of what may be left out. */
  private static String[] arguments(String text) {
    return matches(WORD, text.replaceAll("[\\[\\]\\\\()]", "")).stream()
        .map(word -> word.group().replaceAll("^\"|\"$", ""))
        .map(word -> word.equals("N") || word.equals("S") ? "1" : word.replaceAll("[.,:]+$", ""))
        .filter(word -> !word.isEmpty())
        .toArray(String[]::new);
  }

  /** A name alone stands for the command in a sentence. */
  private static void parse(String... arguments) {
    if (arguments.length == 1) {
      parse(arguments[0], "--help");
      return;
    }
    boolean isBenchmark = arguments[0].equals("benchmark");
    new CommandLine(isBenchmark ? BenchmarkMain.class : new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(isBenchmark ? Arrays.copyOfRange(arguments, 1, arguments.length) : arguments);
  }

  private static String program(int number, String block) {
    return """
    import dev.streambed.embedder.*;
    import dev.streambed.embedder.batch.*;
    import dev.streambed.embedder.model.*;
    import dev.streambed.embedder.onnx.*;
    import dev.streambed.query.*;
    import dev.streambed.schemas.*;
    import dev.streambed.schemas.avro.*;
    import java.util.*;
    import java.util.concurrent.*;
    import org.apache.avro.*;
    import org.apache.avro.generic.*;
    import org.apache.avro.message.*;
    import org.apache.kafka.clients.consumer.ConsumerRecord;

    class Example%d {
      void run(
          java.nio.file.Path path,
          int cores,
          ConsumerRecord<byte[], byte[]> consumerRecord,
          EmbeddingReader.Entry entry,
          java.io.File schemaFile)
          throws Exception {
    %s
      }
    }
    """
        .formatted(number, block);
  }

  private int compile(Path source) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    return compiler.run(
        null,
        null,
        null,
        "-proc:none",
        "-classpath",
        System.getProperty("java.class.path"),
        "-d",
        folder.toString(),
        source.toString());
  }

  private static List<MatchResult> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().toList();
  }
}
