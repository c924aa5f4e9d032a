package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SourceOptionsTest {
  private static final String DISCOVERY = "partition.discovery.interval.ms";

  @Test
  void neverLetsTheConsumerChooseAnOffset() {
    SourceOptions options = EmbedTopicOptions.from(Options.with()).source();

    assertThat(options.consumerProperties()).containsEntry("auto.offset.reset", "none");
  }

  @Test
  void findsNewPartitionsWithinHalfAMinuteUnlessToldOtherwise() {
    SourceOptions options = EmbedTopicOptions.from(Options.with()).source();
    SourceOptions told =
        EmbedTopicOptions.from(Options.with("streambed.source.kafka." + DISCOVERY, "5000"))
            .source();

    assertThat(options.consumerProperties()).containsEntry(DISCOVERY, "30000");
    assertThat(told.consumerProperties()).containsEntry(DISCOVERY, "5000");
  }
}
