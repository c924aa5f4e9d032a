package dev.streambed.server.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.server.EmbeddingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A page whose Kafka, or whose topic, is not there, and one on dead letters. */
@Timeout(240)
class PageFaultsIT {
  private PageTopic kafka;

  @BeforeEach
  void start() throws Exception {
    kafka = PageTopic.start();
  }

  @AfterEach
  void stop() {
    kafka.close();
  }

  @Test
  void waitsForATopicAndNoticesAnotherOneOfItsName() throws Exception {
    kafka.broker().createTopic(PageTopic.DEAD, 1);
    try (EmbeddingServer server = kafka.serve(PageTopic.TOPIC);
        PageClient.Stream stream = new PageClient(server).stream()) {
      JsonNode absent = awaitState(stream, "waiting for Kafka");
      assertThat(absent.get("message").asText()).isEqualTo("Kafka has no topic embeddings.");

      kafka.broker().createTopic(PageTopic.TOPIC, 1);
      kafka.send(PageTopic.TOPIC, "a", "the dog");
      kafka.send(PageTopic.TOPIC, null, "the cat");
      stream.awaitTexts("the dog", "the cat");
      assertThat(awaitState(stream, "following").get("message").isNull()).isTrue();

      kafka.delete(PageTopic.TOPIC);
      int before = stream.lines("statistics").size();
      stream.awaitStatistics(
          "deleted",
          line ->
              stream.lines("statistics").indexOf(line) >= before
                  && line.get("state").asText().equals("waiting for Kafka"));
      kafka.broker().createTopic(PageTopic.TOPIC, 1);
      kafka.send(PageTopic.TOPIC, null, "the man");

      stream.awaitTexts("the man");
    }
  }

  @Test
  void outlivesTheBroker() throws Exception {
    kafka.broker().createTopic(PageTopic.DEAD, 1);
    kafka.broker().createTopic(PageTopic.TOPIC, 1);
    kafka.send(PageTopic.TOPIC, null, "the dog");
    try (EmbeddingServer server = kafka.serve(PageTopic.TOPIC);
        PageClient.Stream stream = new PageClient(server).stream()) {
      stream.awaitTexts("the dog");

      kafka.broker().stop();
      JsonNode waiting = awaitState(stream, "waiting for Kafka");
      JsonNode found = new PageClient(server).search("{\"query\":\"a dog\"}");
      int embed =
          new PageClient(server)
              .send("POST", "/embed", "{\"inputs\":\"dog\"}".getBytes(UTF_8), "application/json")
              .statusCode();
      kafka.broker().restart();
      kafka.send(PageTopic.TOPIC, null, "the cat");

      stream.awaitTexts("the dog", "the cat");
      assertThat(waiting.get("message").asText()).isEqualTo("Kafka does not answer.");
      assertThat(found.get("hits")).hasSize(1);
      assertThat(embed).isEqualTo(200);
    }
  }

  @Test
  void showsDeadLettersWithTheirReasons() throws Exception {
    kafka.broker().createTopic(PageTopic.DEAD, 1);
    kafka.broker().createTopic(PageTopic.TOPIC, 1);
    kafka.deadLetter("INVALID_JSON", "not valid JSON at character 24");
    try (EmbeddingServer server = kafka.serve(PageTopic.TOPIC);
        PageClient.Stream stream = new PageClient(server).stream()) {
      stream.awaitStatistics("one", line -> line.get("deadLetters").asInt() >= 1);
      JsonNode letter =
          stream.awaitLine("deadLetters", "the letter", line -> true).get("deadLetters").get(0);

      assertThat(letter.get("reason").asText()).isEqualTo("INVALID_JSON");
      assertThat(letter.get("stage").asText()).isEqualTo("DECODE");
      assertThat(letter.get("message").asText()).isEqualTo("not valid JSON at character 24");
      assertThat(letter.get("position").asText()).isEqualTo("texts-0@5");
    }
  }

  private static JsonNode awaitState(PageClient.Stream stream, String state) {
    return stream.awaitStatistics(state, line -> line.get("state").asText().equals(state));
  }
}
