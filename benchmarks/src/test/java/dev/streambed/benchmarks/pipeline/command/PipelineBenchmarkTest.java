package dev.streambed.benchmarks.pipeline.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;

class PipelineBenchmarkTest {
  @Test
  void refusesOptionsOfTheOtherModel() {
    assertThat(refusal("--precision", "int8"))
        .contains("--precision has no effect with --model minilm; remove it.");
    assertThat(refusal("--lengths", "short"))
        .contains("--lengths has no effect with --model minilm; remove it.");
    assertThat(refusal("--model", "moe", "--most-words", "80"))
        .contains("--most-words has no effect with --model moe; remove it.");
    assertThat(refusal("--model", "moe", "--ways", "avro"))
        .contains("--ways has no effect with --model moe; remove it.");
  }

  @Test
  void refusesPartsOfTheOtherModel() {
    assertThat(refusal("--only", "throughput,sharing"))
        .contains("There is no part sharing with --model minilm;")
        .contains("it has throughput and ceiling and latency.");
    assertThat(refusal("--model", "moe", "--only", "latency"))
        .contains("There is no part latency with --model moe; it has throughput and sharing.");
  }

  @Test
  void refusesValuesOutOfRange() {
    assertThat(refusal("--model", "moe", "--precision", "int4"))
        .contains("Invalid value int4 for --precision: must be fp32 or int8.");
    assertThat(refusal("--model", "moe", "--checkpoint-seconds", "0"))
        .contains("--checkpoint-seconds must be at least 1, --warm-up at least 0.");
    assertThat(refusal("--model", "moe", "--lengths", "huge"))
        .contains("Invalid value for option '--lengths'");
    assertThat(refusal("--seconds", "2")).contains("--seconds at least 3.");
  }

  private static String refusal(String... arguments) {
    var errors = new StringWriter();
    int code =
        new CommandLine(new PipelineBenchmark())
            .setErr(new PrintWriter(errors, /* autoFlush= */ true))
            .execute(arguments);

    assertThat(code).isEqualTo(ExitCode.USAGE);
    return errors.toString();
  }
}
