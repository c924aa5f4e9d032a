package dev.streambed.cli.demo;

import dev.streambed.cli.demo.Demo.Delivery;
import dev.streambed.cli.model.Models;
import dev.streambed.cli.terminal.Terminal;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.schemas.DeadLetter;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code streambed demo}. */
@Internal
@Command(
    name = "demo",
    description = {
      "Shows the whole path on this machine: starts a Kafka broker and a Flink cluster, embeds a topic of State of"
          + " the Union paragraphs with the default model, checks that every record arrived exactly once, and searches"
          + " what arrived.",
      "With --updates: cuts 500 longer documents into chunks, sends them again unchanged, edits 50 and deletes 20, and"
          + " checks that the topic holds the last versions, and nothing else.",
      "Leaves no process and no temporary file behind."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every record arrived exactly once; with --updates: the topic is as it should be",
      "1:something failed",
      "2:wrong usage"
    },
    mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
  /** Documents of --updates, unless it says how many. */
  private static final int ARTICLES = 500;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--records",
      paramLabel = "N",
      description =
          "how many texts to embed, spread over all years (default: all, 2796); with --updates, documents (default: 500)")
  private int records;

  @Option(
      names = "--no-wait",
      description = "ask for no searches at the end, as where standard input is no terminal")
  private boolean noWait;

  @Option(
      names = "--updates",
      description = "show documents that are long, and documents that change")
  private boolean updates;

  @Override
  public Integer call() throws Exception {
    return updates ? update() : embed();
  }

  private int update() throws Exception {
    List<Article> articles = Article.of(DemoText.readAll());
    int count = chosen(articles.size(), Math.min(ARTICLES, articles.size()));
    PrintStream out = System.out;
    PrintStream err = System.err;
    ModelDirectory model = Models.open(/* directory= */ null);
    try (DemoCluster cluster = DemoCluster.start(err);
        OnnxTextEmbedder embedder = Models.load(model, EmbedderOptions.DEFAULT);
        DemoPage page = DemoPage.start(cluster, embedder)) {
      err.printf("Page: %s%n", page.url());
      boolean right =
          new UpdatesDemo(cluster, embedder, out, err).run(DemoText.spread(articles, count));
      out.printf("%nDone: the topic is %s.%n", right ? "as it should be" : "NOT as it should be");
      return right ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }
  }

  private int embed() throws Exception {
    var input = new DemoInput(texts());
    PrintStream out = System.out;
    PrintStream err = System.err;
    ModelDirectory model = Models.open(/* directory= */ null);
    try (DemoCluster cluster = DemoCluster.start(err);
        OnnxTextEmbedder embedder = Models.load(model, DemoSearch.options(model));
        DemoPage page = DemoPage.start(cluster, embedder)) {
      err.printf("Page: %s%n", page.url());
      Delivery delivery = new Demo(cluster, err).deliver(input, model);
      report(delivery, out);
      var search = new DemoSearch(embedder, delivery.index(), out);
      search.answerBuiltIn();
      if (!noWait && Terminal.isPresent()) {
        out.printf("%nThe page stays there until then: %s%n", page.url());
        search.answerEach(
            new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())));
      }
      out.printf("%nDone: %s.%n", delivery.check().summary());
      return delivery.check().isExactlyOnce()
          ? CommandLine.ExitCode.OK
          : CommandLine.ExitCode.SOFTWARE;
    }
  }

  private List<DemoText> texts() throws Exception {
    List<DemoText> all = DemoText.readAll();
    return DemoText.spread(all, chosen(all.size(), all.size()));
  }

  private int chosen(int all, int unlessSaid) {
    if (!spec.commandLine().getParseResult().hasMatchedOption("--records")) {
      return unlessSaid;
    }
    if (records < 1 || records > all) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value %d for --records: must be between 1 and %d.".formatted(records, all));
    }
    return records;
  }

  private static void report(Delivery delivery, PrintStream out) {
    out.printf("%nRead with isolation.level=read_committed: %s.%n", delivery.check().summary());
    out.printf(
        Locale.ROOT,
        "%,d texts with %,d tokens in %.1f s, the start of the job included; %,d of them were truncated.%n",
        delivery.counts().texts(),
        delivery.counts().tokens(),
        delivery.seconds(),
        delivery.counts().truncations());
    for (DeadLetter letter : delivery.deadLetters()) {
      out.printf(
          "Dead letter %s, reason %s: %s%n",
          letter.record().position(), letter.reason(), letter.message());
    }
  }
}
