package dev.streambed.jobs.kafka.startup;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.Options;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.SourceOptions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks that only the constructors of Kafka's clients make; they need no broker. */
class KafkaTrialTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max.in.flight.requests.per.connection | 10 | must be set to at most 5",
        "delivery.timeout.ms | 1000 | should be equal to or larger than linger.ms",
        "retries | 0 | without also enabling idempotence",
        "transaction.two.phase.commit.enable | true | transaction.two.phase.commit.enable",
        "partitioner.class | java.lang.String | is not an instance of",
      })
  void refusesAProducerThatCannotBeMade(String property, String value, String message) {
    SinkOptions sink =
        EmbedTopicOptions.from(Options.with("streambed.sink.kafka." + property, value)).sink();

    assertThatThrownBy(() -> KafkaTrial.tryProducer(sink, failure("streambed.sink.kafka")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("with the properties of streambed.sink.kafka")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "interceptor.classes | java.lang.String | java.lang.String",
        "interceptor.classes | no.such.Class | no.such.Class",
        "group.remote.assignor | uniform | group.remote.assignor",
      })
  void refusesAConsumerThatCannotBeMade(String property, String value, String message) {
    SourceOptions source =
        EmbedTopicOptions.from(Options.with("streambed.source.kafka." + property, value)).source();

    assertThatThrownBy(
            () ->
                KafkaTrial.tryConsumer(source, List.of("texts"), failure("streambed.source.kafka")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("with the properties of streambed.source.kafka")
        .hasMessageContaining(message);
  }

  @Test
  @Timeout(20) // Kafka's own limit is 60 s
  void waitsNoLongerThanTheOtherChecks() {
    EmbedTopicOptions options =
        EmbedTopicOptions.from(
            Options.with("streambed.source.bootstrap-servers", "localhost:1")); // nobody is there

    assertThatThrownBy(
            () ->
                KafkaTrial.tryConsumer(
                    options.source(), List.of("texts"), failure("streambed.source.kafka")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Kafka's consumer cannot ask for topic ");
    assertThatThrownBy(
            () -> KafkaTrial.tryProducer(options.sink(), failure("streambed.sink.kafka")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Kafka's producer cannot ask for topic ");
  }

  private static ConnectionFailure failure(String option) {
    return new ConnectionFailure("localhost:9092", option, Duration.ofSeconds(1));
  }
}
