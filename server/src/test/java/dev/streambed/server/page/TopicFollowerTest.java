package dev.streambed.server.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.embedder.LogCapture;
import dev.streambed.server.page.TopicFollower.Phase;
import dev.streambed.server.page.TopicFollower.State;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A follower whose Kafka cannot be asked at all. */
@Timeout(60)
class TopicFollowerTest {
  @Test
  void waitsForAHostThatNobodyKnowsYet() {
    State state = awaitMessage(Map.of("bootstrap.servers", "kafka.invalid:9092"));

    assertThat(state.message())
        .isEqualTo("This machine knows no host of the name that Kafka's bootstrap servers have.");
    assertThat(state.phase()).isEqualTo(Phase.WAITING);
  }

  @Test
  void failsForPropertiesThatNobodyTakesAndDoesNotRepeatThem() {
    try (LogCapture log = LogCapture.begin()) {
      State state =
          awaitMessage(
              Map.of("bootstrap.servers", "127.0.0.1:9092", "security.protocol", "canary-4b90"));

      assertThat(state.message()).isEqualTo("Kafka's client does not take its properties.");
      assertThat(state.phase()).isEqualTo(Phase.FAILED);
      assertThat(log.events())
          .anyMatch(line -> line.contains("Topic embeddings: Kafka's client"))
          .noneMatch(line -> line.contains("Topic embeddings") && line.contains("canary-4b90"));
    }
  }

  private static State awaitMessage(Map<String, String> kafka) {
    try (var follower =
        new TopicFollower(
            "embeddings",
            kafka,
            () -> {
              throw new AssertionError("No topic is opened that cannot be asked for.");
            })) {
      follower.start();
      await("a message").until(() -> follower.state().message() != null);
      return follower.state();
    }
  }
}
