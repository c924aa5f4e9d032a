package dev.streambed.benchmarks;

import dev.streambed.benchmarks.changes.ChangesBenchmark;
import dev.streambed.benchmarks.encoder.EncoderBenchmark;
import dev.streambed.benchmarks.moe.MoeBenchmark;
import dev.streambed.benchmarks.pipeline.command.PipelineBenchmark;
import dev.streambed.benchmarks.retrieval.EncodingsBenchmark;
import dev.streambed.benchmarks.serve.ServeBenchmark;
import dev.streambed.benchmarks.sql.SqlBenchmark;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command {@code streambed benchmark}: measurements against limits and peers, to be repeated by
 * anyone.
 */
@Internal
@Command(
    name = "streambed benchmark",
    mixinStandardHelpOptions = true,
    description = "Measures Streambed against limits and peers on this machine.",
    subcommands = {
      EncoderBenchmark.class,
      PipelineBenchmark.class,
      MoeBenchmark.class,
      EncodingsBenchmark.class,
      ChangesBenchmark.class,
      ServeBenchmark.class,
      SqlBenchmark.class
    },
    synopsisSubcommandLabel = "COMMAND")
public final class BenchmarkMain {
  private BenchmarkMain() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new BenchmarkMain()).execute(arguments));
  }
}
