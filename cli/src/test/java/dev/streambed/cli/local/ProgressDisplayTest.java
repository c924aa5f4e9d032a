package dev.streambed.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.cli.local.EmbeddingCounts.Reading;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void printsALineEveryThreeSecondsIntoAFile() {
    var display = new ProgressDisplay(out, ProgressDisplay.Medium.FILE, nanos::get, "texts");

    display.update("0 of 9", reading(0, 0));
    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    display.update("1 of 9", reading(100, 5_000)); // too early
    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    display.update("2 of 9", reading(1_200, 60_000));

    // 1,200 texts and 60,000 tokens in 4 s
    assertThat(lines())
        .containsExactly(
            "0 of 9, 0 texts/s, 0 tokens/s, p50 2 ms, p99 1.5 s",
            "2 of 9, 300 texts/s, 15,000 tokens/s, p50 2 ms, p99 1.5 s");
  }

  @Test
  void redrawsOneLineOnATerminalAndCoversALongerOne() {
    var display = new ProgressDisplay(out, ProgressDisplay.Medium.TERMINAL, nanos::get, "chunks");

    display.update("a long prefix", reading(0, 0));
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    display.update("short", reading(0, 0));
    display.message("done");

    String rest = ", 0 chunks/s, 0 tokens/s, p50 2 ms, p99 1.5 s";
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "\ra long prefix" + rest + "\rshort" + rest + " ".repeat(8) + "%ndone%n".formatted());
  }

  private Iterable<String> lines() {
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static Reading reading(long texts, long tokens) {
    return new Reading(Map.of("texts", texts, "tokens", tokens), 2_000, 1_500_000);
  }
}
