package dev.streambed.benchmarks.setup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.cli.demo.DemoText;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The texts that a benchmark embeds: those of the demo in their own order, paragraphs of speeches
 * of very mixed lengths. An option of the benchmark's command leaves out the long ones.
 */
@Internal
public final class SampleTexts {
  private static final String RESOURCE = "speeches.jsonl.gz";
  private static final int NO_LIMIT = Integer.MAX_VALUE;

  @Option(
      names = "--most-words",
      paramLabel = "<words>",
      description =
          "Leave out texts with more words; the results get a folder of their own (default: none is left out).")
  private int mostWords = NO_LIMIT;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /** For people. */
  public String description() {
    return "paragraphs of speeches (the demo's sample)"
        + (mostWords == NO_LIMIT ? "" : " of at most %d words".formatted(mostWords));
  }

  /** Options of a command for the same texts, with a space before them; may be empty. */
  public String arguments() {
    return mostWords == NO_LIMIT ? "" : " --most-words " + mostWords;
  }

  /** The name of a benchmark with these texts. */
  public String nameOf(String benchmark) {
    return mostWords == NO_LIMIT ? benchmark : "%s-%d-words".formatted(benchmark, mostWords);
  }

  /**
   * Some of the texts, evenly spread over all, each on one line.
   *
   * @param count at least 1; texts repeat if there are not as many
   * @throws ParameterException if all texts are longer than the option allows
   */
  public List<String> spread(int count) throws IOException {
    List<String> all =
        readAll().stream().filter(text -> text.split(" ", -1).length <= mostWords).toList();
    if (all.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "There is no text of at most %d words.".formatted(mostWords));
    }
    List<String> chosen = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      chosen.add(
          count <= all.size()
              ? all.get((int) ((long) i * all.size() / count))
              : all.get(i % all.size()));
    }
    return chosen;
  }

  private static List<String> readAll() throws IOException {
    try (InputStream resource = DemoText.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IOException("Resource " + RESOURCE + " of streambed-cli is missing.");
      }
      Set<String> texts = new LinkedHashSet<>(); // equal ones are embedded once
      MappingIterator<JsonNode> lines =
          new ObjectMapper().readerFor(JsonNode.class).readValues(new GZIPInputStream(resource));
      while (lines.hasNext()) {
        texts.add(lines.next().required("text").asText().replaceAll("\\R", " "));
      }
      return List.copyOf(texts);
    }
  }
}
