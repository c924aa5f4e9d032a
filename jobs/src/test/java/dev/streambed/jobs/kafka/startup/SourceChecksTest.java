package dev.streambed.jobs.kafka.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.Options;
import dev.streambed.jobs.options.SourceOptions;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class SourceChecksTest {

  @Test
  void findTheTopicsThatMatch() {
    assertThat(SourceChecks.matching(source(false), List.of("shop-b", "other", "shop-a")))
        .containsExactly("shop-a", "shop-b");
  }

  @Test
  void letAJobWaitForATopicUnlessItIsBounded() {
    assertThat(SourceChecks.matching(source(false), List.of("other"))).isEmpty();
    assertThatThrownBy(() -> SourceChecks.matching(source(true), List.of("other")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "No topic on localhost:9092 matches streambed.source.topic-pattern 'shop-.*', or the"
                + " job's user may not describe those that do. Correct it, or create a topic: a"
                + " bounded job reads those that are there.");
  }

  private static SourceOptions source(boolean bounded) {
    Configuration file =
        Options.with(
            "streambed.source.topic-pattern",
            "shop-.*",
            "streambed.source.bounded",
            Boolean.toString(bounded));
    file.removeKey("streambed.source.topic");
    return EmbedTopicOptions.from(file).source();
  }
}
