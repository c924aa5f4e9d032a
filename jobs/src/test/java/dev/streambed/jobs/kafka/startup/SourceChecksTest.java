package dev.streambed.jobs.kafka.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.Options;
import dev.streambed.jobs.options.SourceOptions;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;
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

  @Test
  void refuseTopicsThatMayNotBeRead() {
    TopicDescription denied = topic("shop-b", Set.of(AclOperation.DESCRIBE));
    List<TopicDescription> readable =
        List.of(
            topic("shop-a", Set.of(AclOperation.DESCRIBE, AclOperation.READ)),
            topic("shop-c", null), // Kafka does not tell
            topic("shop-d", Set.of())); // nor does one that describes it all the same

    assertThatCode(() -> SourceChecks.checkReadable(source(false), readable))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> SourceChecks.checkReadable(source(false), List.of(denied)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "The job's user may not read shop-b on localhost:9092. Grant it Read, or leave them"
                + " out: set streambed.source.topic-pattern to '(?!(?:shop-b)$)(?:shop-.*)'.");
  }

  private static TopicDescription topic(String name, @Nullable Set<AclOperation> allowed) {
    return new TopicDescription(name, /* internal= */ false, List.of(), allowed);
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
