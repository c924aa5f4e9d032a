package dev.streambed.server.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.Nearest;
import dev.streambed.query.VectorIndex;
import dev.streambed.server.ApiKeys;
import dev.streambed.server.EmbeddingServer;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A page on a topic of a real broker, with a real model. */
@Timeout(180)
class LivePageIT {
  private static PageTopic kafka;

  @BeforeAll
  static void start() throws Exception {
    kafka = PageTopic.start();
    kafka.broker().createTopic(PageTopic.DEAD, 1);
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @Test
  void showsWhatArrivesIsReplacedAndIsDeleted() throws Exception {
    String topic = topic("changes");
    kafka.send(topic, "a", "the dog");
    try (EmbeddingServer server = kafka.serve(topic);
        PageClient.Stream stream = new PageClient(server).stream()) {
      stream.awaitTexts("the dog");

      kafka.send(topic, "b", "the cat");
      kafka.send(topic, null, "the man");
      kafka.send(topic, "a", "the bird");
      stream.awaitTexts("the cat", "the man", "the bird");
      kafka.send(List.of(PageTopic.message(topic, "b", null)));
      stream.awaitTexts("the man", "the bird");
      JsonNode statistics =
          stream.awaitStatistics(
              "all arrived",
              line ->
                  line.get("arrived").asInt() == 4
                      && line.get("tombstones").asInt() == 1
                      && line.get("state").asText().equals("following"));

      assertThat(stream.response().headers().firstValue("content-type"))
          .contains("application/x-ndjson");
      assertThat(stream.records())
          .extracting(record -> record.get("id").asLong())
          .doesNotHaveDuplicates();
      JsonNode first = stream.records().get(0);
      assertThat(first.get("key").asText()).isEqualTo("a");
      assertThat(first.get("position").asText()).isEqualTo(topic + "-0@0");
      assertThat(first.get("tokens").asInt()).isEqualTo(7);
      assertThat(first.get("longer").asBoolean()).isFalse();
      assertThat(first.get("x").isNull()).isTrue();
      assertThat(first.get("chunk").isNull()).isTrue();
      assertThat(statistics.get("records").asInt()).isEqualTo(2);
      assertThat(statistics.get("lag").asInt()).isZero();
      assertThat(statistics.get("message").isNull()).isTrue();
    }
  }

  @Test
  void scoresAsTheReaderAndTheIndexDoBitForBit() throws Exception {
    String topic = topic("scores");
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    String[] words = {"dog", "cat", "man", "bird", "fish"};
    for (int i = 0; i < 60; i++) {
      String text = "the %s bites the %s".formatted(words[i % 5], words[i * 7 / 5 % 5]);
      String colour = i % 2 == 0 ? "red" : "blue";
      records.add(
          PageTopic.message(
              topic,
              "key-" + i,
              kafka.embedding(text + " " + "x".repeat(i % 4), Map.of("colour", colour))));
    }
    kafka.send(records);
    try (EmbeddingServer server = kafka.serve(topic);
        PageClient.Stream stream = new PageClient(server).stream()) {
      stream.awaitStatistics("all", line -> line.get("records").asInt() == 60);

      JsonNode found =
          new PageClient(server)
              .search(
                  "{\"query\":\"the dog\",\"top\":7,\"filters\":[{\"name\":\"colour\",\"value\":\"blue\"}]}");

      var index = new VectorIndex<String>();
      try (EmbeddingReader reader =
          EmbeddingReader.open(kafka.kafka(), topic, EmbeddingReader.Options.DEFAULT)) {
        for (EmbeddingReader.Entry entry : reader.readLatest(each -> {})) {
          if ("blue".equals(entry.embedding().metadata().get("colour"))) {
            index.add(entry.embedding().embedding(), String.valueOf(entry.keyText()));
          }
        }
      }
      float[] query =
          kafka
              .embedder()
              .embed(List.of(kafka.embedder().tokenise("the dog", "query")))
              .get(0)
              .vector();
      assertThat(found.get("searched").asInt()).isEqualTo(60);
      assertThat(found.get("matching").asInt()).isEqualTo(30);
      assertThat(found.get("hits"))
          .extracting(hit -> hit.get("score").asDouble())
          .isEqualTo(index.search(query, 7).stream().map(Nearest.Hit::score).toList());
      assertThat(found.get("hits")).hasSize(7);
      assertThat(found.get("hits"))
          .allSatisfy(
              hit -> assertThat(hit.get("metadata").get("colour").asText()).isEqualTo("blue"));
      assertThat(found.get("x").isNumber()).isTrue(); // there are ten vectors, so there is a map
    }
  }

  @Test
  void holdsTheNewestAndForgetsTheOldest() throws Exception {
    String topic = topic("capacity");
    try (EmbeddingServer server = kafka.serve(topic, 3, ApiKeys.NONE);
        PageClient.Stream stream = new PageClient(server).stream()) {
      for (String text : List.of("one", "two", "three", "four", "five")) {
        kafka.send(topic, text, text);
      }

      stream.awaitTexts("three", "four", "five");
      JsonNode found = new PageClient(server).search("{\"query\":\"one\",\"top\":100}");
      JsonNode topicOfPage = PageClient.json(new PageClient(server).get("/page/api/topic"));

      assertThat(found.get("hits"))
          .extracting(hit -> hit.get("text").asText())
          .containsExactlyInAnyOrder("three", "four", "five");
      assertThat(topicOfPage.get("capacity").asInt()).isEqualTo(3);
      assertThat(topicOfPage.get("mapCapacity").asInt()).isEqualTo(3);
      assertThat(topicOfPage.get("topic").asText()).isEqualTo(topic);
      assertThat(topicOfPage.get("dimensions").asInt()).isEqualTo(8);
      assertThat(topicOfPage.get("space").asText()).isEqualTo(kafka.embedder().space().toString());
    }
  }

  @Test
  void countsWhatItCannotShowAndSaysWhy() throws Exception {
    String topic = topic("problems");
    String space = kafka.embedder().space().toString();
    String other = space.replaceFirst("@[0-9a-f]{12}", "@000000000000");
    kafka.send(topic, "replaced", "the dog");
    kafka.send(
        List.of(
            new ProducerRecord<>(topic, "bad".getBytes(UTF_8), "canary-9b1".getBytes(UTF_8)),
            PageTopic.message(
                topic, "replaced", PageTopic.record("canary-9b2", new float[8], other, Map.of()))));
    try (EmbeddingServer server = kafka.serve(topic);
        PageClient.Stream stream = new PageClient(server).stream()) {
      JsonNode statistics =
          stream.awaitStatistics("both", line -> line.get("problems").asInt() == 2);

      assertThat(statistics.get("records").asInt()).isZero();
      assertThat(statistics.get("message").asText())
          .contains("do not compare with those of this server's model")
          .contains("start it with the model directory that made them")
          .doesNotContain("canary");
      assertThat(stream.presentTexts()).isEmpty();
    }
  }

  @Test
  void givesTextsAsTheyAreWhateverIsInThem() throws Exception {
    String topic = topic("hostile");
    String script = "<script>alert(1)</script> \u202E \uD83D\uDE00 ";
    String text = script + "the ".repeat(100);
    kafka.send(
        List.of(
            PageTopic.message(
                topic,
                "</script>",
                kafka.embedding(text, Map.of("<b>", "<img src=x onerror=alert(1)>")))));
    try (EmbeddingServer server = kafka.serve(topic);
        PageClient.Stream stream = new PageClient(server).stream()) {
      stream.awaitStatistics("one", line -> line.get("records").asInt() == 1);
      JsonNode sent = stream.records().get(0);
      JsonNode whole =
          PageClient.json(
              new PageClient(server).get("/page/api/records/" + sent.get("id").asText()));

      assertThat(sent.get("text").asText()).isEqualTo(text.substring(0, 300));
      assertThat(sent.get("longer").asBoolean()).isTrue();
      assertThat(whole.get("text").asText()).isEqualTo(text);
      assertThat(whole.get("key").asText()).isEqualTo("</script>");
      assertThat(whole.get("metadata").get("<b>").asText())
          .isEqualTo("<img src=x onerror=alert(1)>");
      assertThat(whole.get("space").asText()).isEqualTo(kafka.embedder().space().toString());
    }
  }

  /** A topic that was given more partitions has a key in two of them. */
  @Test
  void takesTheLaterOneOfTwoPartitionsAndOfATombstone() throws Exception {
    kafka.broker().createTopic("two-partitions", 2);
    kafka.send(
        List.of(at(1, 2000, "a", "later"), at(1, 3000, "b", null), at(1, 3000, "c", "alone")));
    try (EmbeddingServer server = kafka.serve("two-partitions");
        PageClient.Stream stream = new PageClient(server).stream()) {
      stream.awaitTexts("later", "alone");

      kafka.send(
          List.of(
              at(0, 1000, "a", "earlier"), at(0, 2500, "b", "deleted"), at(0, 4000, "b", "new")));

      stream.awaitTexts("later", "alone", "new");
      assertThat(stream.records()).hasSize(3);
    }
  }

  private static ProducerRecord<byte[], byte[]> at(
      int partition, long millis, String key, @Nullable String text) {
    ProducerRecord<byte[], byte[]> record =
        PageTopic.message(
            "two-partitions", key, text == null ? null : kafka.embedding(text, Map.of()));
    return new ProducerRecord<>(record.topic(), partition, millis, record.key(), record.value());
  }

  @Test
  void movesThePointsToANewMapAtTenVectors() throws Exception {
    String topic = topic("map");
    try (EmbeddingServer server = kafka.serve(topic);
        PageClient.Stream stream = new PageClient(server).stream()) {
      for (int i = 0; i < 9; i++) {
        kafka.send(topic, "key-" + i, "dog ".repeat(i + 1));
      }
      stream.awaitStatistics("nine", line -> line.get("records").asInt() == 9);
      assertThat(stream.records()).allSatisfy(each -> assertThat(each.get("x").isNull()).isTrue());

      kafka.send(topic, "key-9", "the cat");
      stream.awaitStatistics("ten", line -> line.get("records").asInt() == 10);
      JsonNode positions = stream.lines("positions").get(0);
      kafka.send(topic, "key-10", "the cat");
      stream.awaitStatistics("eleven", line -> line.get("records").asInt() == 11);
      JsonNode last = stream.records().get(10);

      assertThat(positions.get("ids")).hasSize(10);
      assertThat(positions.get("x")).hasSize(10);
      assertThat(positions.get("y")).hasSize(10);
      assertThat(last.get("x").floatValue()).isEqualTo(positions.get("x").get(9).floatValue());
      assertThat(last.get("y").floatValue()).isEqualTo(positions.get("y").get(9).floatValue());
    }
  }

  @Test
  void reducesVectorsForTheBrowser() throws Exception {
    String topic = topic("vectors");
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      records.add(
          PageTopic.message(topic, "key-" + i, kafka.embedding("dog ".repeat(i + 1), Map.of())));
    }
    kafka.send(records);
    try (EmbeddingServer server = kafka.serve(topic);
        PageClient.Stream stream = new PageClient(server).stream()) {
      stream.awaitStatistics("all", line -> line.get("records").asInt() == 12);

      HttpResponse<byte[]> response = new PageClient(server).bytes("/page/api/vectors?most=5");

      ByteBuffer bytes = ByteBuffer.wrap(response.body()).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(bytes.getInt()).isEqualTo(5);
      assertThat(bytes.getInt()).isEqualTo(8); // the model has no more
      assertThat(bytes.remaining()).isEqualTo(5 * 4 + 5 * 8 * 4);
      assertThat(bytes.getInt()).isEqualTo(11);
    }
  }

  private static String topic(String name) throws Exception {
    kafka.broker().createTopic(name, 1);
    return name;
  }
}
