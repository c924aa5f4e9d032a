package dev.streambed.e2e.changes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.kafka.written.EmbeddingsTopic;
import dev.streambed.jobs.kafka.written.WrittenDocuments;
import dev.streambed.jobs.kafka.written.WrittenDocuments.Document;
import dev.streambed.jobs.kafka.written.WrittenKeys;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.operator.change.written.WrittenText;
import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.TextChunk;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.profile.ProfileName;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A topic of embeddings as a task that begins to look for changes reads it. */
final class TopicReading {
  private final KafkaBroker broker;
  private final String topic;
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private int producers;

  /** Of a topic of two partitions, which is made. */
  TopicReading(KafkaBroker broker, String topic) throws Exception {
    this.broker = broker;
    this.topic = topic;
    broker.createTopic(topic, 2);
  }

  /** What was handed over, in words. */
  List<String> seen() {
    return seen;
  }

  EmbeddingsTopic<Document> open(ProfileName profile, boolean splits, String... more)
      throws Exception {
    var file = new Configuration();
    file.setString("streambed.source.bootstrap-servers", broker.bootstrapServers());
    file.setString("streambed.source.topic", "texts");
    file.setString("streambed.sink.topic", topic);
    file.setString("streambed.sink.dead-letter-topic", "dead-letters");
    file.setString("streambed.model.directory", "/models/m");
    for (int i = 0; i < more.length; i += 2) {
      file.setString(more[i], more[i + 1]);
    }
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    SinkOptions sink = options.sink();
    var opened =
        EmbeddingsTopic.upToNow(
            sink,
            new WrittenDocuments<>(
                new WrittenKeys(profile, sink.openProfile(List.of()), splits),
                PlaneEmbeddings.DIGEST,
                PlaneEmbeddings.SPACES,
                options.embedder().maxTokens(),
                /* headings= */ splits,
                document -> document),
            Duration.ofSeconds(10));
    return InstantiationUtil.clone(opened); // as Flink sends it to the tasks
  }

  WrittenTopic.Receiver<Document> receiver() {
    return new WrittenTopic.Receiver<>() {
      @Override
      public boolean takes(Document document) {
        return true;
      }

      @Override
      public void written(Document document, WrittenText text) {
        assertThat(text.embedding().vector()).containsExactly(0.5f, -0.25f, 1.1f);
        assertThat(text.embedding().others()).containsExactly(new float[] {0.1f, 0.2f});
        assertThat(document.text().metadata()).containsExactly(entry("n", 1L));
        TextChunk part = text.chunk();
        assertThat(part == null || part.headings().equals(PlaneEmbeddings.HEADINGS)).isTrue();
        String chunk =
            part == null
                ? ""
                : " #%d of %d, %d to %d"
                    .formatted(part.index(), part.count(), part.startChar(), part.endChar());
        seen.add(key(document) + ": " + text.contentHash() + " " + text.promptName() + chunk);
      }

      @Override
      public void other(Document document, @Nullable Integer chunk) {
        seen.add(key(document) + " other" + (chunk == null ? "" : " #" + chunk));
      }

      @Override
      public void mayHave(Document document, int chunk) {
        seen.add(key(document) + " may have #" + chunk);
      }

      @Override
      public void deleted(Document document, @Nullable Integer chunk) {
        seen.add(key(document) + " deleted" + (chunk == null ? "" : " #" + chunk));
      }
    };
  }

  private static String key(Document document) {
    return new String(Objects.requireNonNull(document.record().key()), UTF_8);
  }

  static byte[] chunk(String text, int index, int count) {
    var chunk = new ChunkOfText(index, count, 0, text.length());
    return PlaneEmbeddings.of(text, PlaneEmbeddings.DIGEST, chunk);
  }

  /** To the partition of its document, as the job does. */
  void sendChunk(
      KafkaProducer<byte[], byte[]> producer, String document, int chunk, byte @Nullable [] value) {
    int partition = BuiltInPartitioner.partitionForKey(document.getBytes(UTF_8), 2);
    send(producer, partition, ChunkOfText.key(document, chunk), value);
  }

  void send(
      KafkaProducer<byte[], byte[]> producer, int partition, String key, byte @Nullable [] value) {
    var unused = producer.send(new ProducerRecord<>(topic, partition, key.getBytes(UTF_8), value));
  }

  void send(KafkaProducer<byte[], byte[]> producer, @Nullable String key, byte @Nullable [] value) {
    var unused =
        producer.send(new ProducerRecord<>(topic, key == null ? null : key.getBytes(UTF_8), value));
  }

  KafkaProducer<byte[], byte[]> producer(String timeout) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", broker.bootstrapServers());
    properties.put("transactional.id", topic + "-" + producers++);
    properties.put("transaction.timeout.ms", Integer.parseInt(timeout.replace(" s", "")) * 1000);
    var producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }
}
