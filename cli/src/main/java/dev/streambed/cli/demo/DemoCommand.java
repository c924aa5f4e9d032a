package dev.streambed.cli.demo;

import dev.streambed.cli.demo.Demo.Delivery;
import dev.streambed.cli.model.Models;
import dev.streambed.cli.terminal.Terminal;
import dev.streambed.embedder.model.ModelDirectory;
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
      "Leaves no process and no temporary file behind."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:every record arrived exactly once", "1:something failed", "2:wrong usage"},
    mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--records",
      paramLabel = "N",
      description = "how many texts to embed, spread over all years (default: all, 2796)")
  private int records;

  @Option(
      names = "--no-wait",
      description = "ask for no searches at the end, as where standard input is no terminal")
  private boolean noWait;

  @Override
  public Integer call() throws Exception {
    var input = new DemoInput(texts());
    PrintStream out = System.out;
    PrintStream err = System.err;
    ModelDirectory model = Models.open(/* directory= */ null);
    try (Demo demo = Demo.start(err)) {
      Delivery delivery = demo.deliver(input, model);
      report(delivery, out);
      try (DemoSearch search = DemoSearch.open(model, delivery.index(), out)) {
        search.answerBuiltIn();
        if (!noWait && Terminal.isPresent()) {
          search.answerEach(
              new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())));
        }
      }
      out.printf("%nDone: %s.%n", delivery.check().summary());
      return delivery.check().isExactlyOnce()
          ? CommandLine.ExitCode.OK
          : CommandLine.ExitCode.SOFTWARE;
    }
  }

  private List<DemoText> texts() throws Exception {
    List<DemoText> all = DemoText.readAll();
    if (!spec.commandLine().getParseResult().hasMatchedOption("--records")) {
      return all;
    }
    if (records < 1 || records > all.size()) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value %d for --records: must be between 1 and %d."
              .formatted(records, all.size()));
    }
    return DemoText.spread(all, records);
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
