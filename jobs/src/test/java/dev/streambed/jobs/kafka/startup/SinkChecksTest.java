package dev.streambed.jobs.kafka.startup;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.Options;
import dev.streambed.jobs.options.SinkOptions;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SinkChecksTest {
  private final SinkOptions sink = EmbedTopicOptions.from(Options.with()).sink();

  @Test
  void refusesTopicsThatMayNotBeWrittenIfKafkaTellsSo() {
    assertThatCode(
            () ->
                SinkChecks.checkWritable(
                    sink,
                    List.of(
                        topic("a", Set.of(AclOperation.WRITE, AclOperation.DESCRIBE)),
                        topic("b", null), // an old Kafka
                        topic("c", Set.of())))) // tells nothing: who may describe it, may do that
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () ->
                SinkChecks.checkWritable(
                    sink,
                    List.of(
                        topic("b", Set.of(AclOperation.READ, AclOperation.DESCRIBE)),
                        topic("a", Set.of(AclOperation.DESCRIBE)))))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage("The job's user may not write a, b on localhost:9092. Grant it Write.");
  }

  private static TopicDescription topic(String name, @Nullable Set<AclOperation> allowed) {
    return new TopicDescription(name, /* internal= */ false, List.of(), allowed, Uuid.ZERO_UUID);
  }
}
