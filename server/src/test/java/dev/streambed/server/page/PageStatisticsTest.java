package dev.streambed.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.server.page.PageStatistics.Latency;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PageStatisticsTest {
  private final AtomicLong clock = new AtomicLong(1_000_000);
  private final PageStatistics statistics = new PageStatistics(clock::get);

  @Test
  void givesRatesOfTheLastFiveSecondsThatAreOver() {
    for (int second = 0; second < 10; second++) {
      for (int i = 0; i <= second; i++) {
        statistics.arrived(/* tokens= */ 3, /* timestampMillis= */ null);
      }
      clock.addAndGet(1000);
    }

    var now = statistics.read();

    // The seconds 5 to 9 had 6 + 7 + 8 + 9 + 10 = 40 records.
    assertThat(now.arrived()).isEqualTo(55);
    assertThat(now.recordsPerSecond()).isEqualTo(8);
    assertThat(now.tokensPerSecond()).isEqualTo(24);
    assertThat(now.latency()).isNull();
  }

  @Test
  void givesLatenciesOfWhatCameAsItWasWritten() {
    for (int i = 1; i <= 100; i++) {
      statistics.arrived(1, clock.get() - i);
    }
    statistics.arrived(1, clock.get() + 5000); // of a clock that goes ahead
    clock.addAndGet(1000);

    assertThat(statistics.read().latency()).isEqualTo(new Latency(50, 99)); // of 0, 1 … 100
  }

  @Test
  void ratesEndWithWhatArrives() {
    statistics.arrived(1, clock.get());
    clock.addAndGet(60_000);

    assertThat(statistics.read().recordsPerSecond()).isZero();
    assertThat(statistics.read().latency()).isNull();
  }
}
