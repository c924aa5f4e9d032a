package dev.streambed.server.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.json.DeadLetterCodec;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.server.ApiKeys;
import dev.streambed.server.EmbeddingServer;
import dev.streambed.server.ServerOptions;
import dev.streambed.server.ServerOptions.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A broker with a topic of embeddings by the tiny model, and a server with a page on it. */
final class PageTopic implements AutoCloseable {
  static final String TOPIC = "embeddings";
  static final String DEAD = "dead-letters";

  private final KafkaBroker broker;
  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());
  private final OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);

  private PageTopic(KafkaBroker broker) {
    this.broker = broker;
  }

  /** Without topics. */
  static PageTopic start() throws Exception {
    return new PageTopic(KafkaBroker.start());
  }

  KafkaBroker broker() {
    return broker;
  }

  OnnxTextEmbedder embedder() {
    return embedder;
  }

  Map<String, String> kafka() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  EmbeddingServer serve(String topic, int maxRecords, ApiKeys keys) throws Exception {
    ServerOptions options =
        ServerOptions.DEFAULT.withAddress(new Address("127.0.0.1", 0, null)).withKeys(keys);
    return EmbeddingServer.start(
        embedder, options, new PageOptions(topic, DEAD, kafka(), maxRecords));
  }

  EmbeddingServer serve(String topic) throws Exception {
    return serve(topic, PageOptions.DEFAULT_MAX_RECORDS, ApiKeys.NONE);
  }

  /** The embedding that a job with the tiny model gives a text. */
  EmbeddingRecord embedding(String text, Map<String, @Nullable Object> metadata) {
    Embedding found = embedder.embed(List.of(embedder.tokenise(text, null))).get(0);
    return record(text, found.vector(), embedder.space().toString(), metadata);
  }

  static EmbeddingRecord record(
      String text, float[] vector, String space, Map<String, @Nullable Object> metadata) {
    return new EmbeddingRecord(
        /* key= */ null,
        text,
        vector,
        new Provenance(
            new ModelReference("tiny", "1", "ab".repeat(32), "fp32"),
            space,
            /* prompt= */ null,
            7,
            /* truncated= */ false,
            0,
            Provenance.contentHash(text),
            new SourcePosition("texts", 0, 1)),
        metadata,
        Long.MIN_VALUE);
  }

  static ProducerRecord<byte[], byte[]> message(
      String topic, @Nullable String key, @Nullable EmbeddingRecord value) {
    return new ProducerRecord<>(
        topic,
        key == null ? null : key.getBytes(UTF_8),
        value == null ? null : EmbeddingRecordCodec.encodeJson(value));
  }

  void send(String topic, @Nullable String key, String text) throws Exception {
    send(List.of(message(topic, key, embedding(text, Map.of()))));
  }

  void deadLetter(String reason, String message) throws Exception {
    var record =
        new SourceRecord(
            new SourcePosition("texts", 0, 5), 1_700_000_000_000L, null, new byte[] {1}, List.of());
    byte[] value =
        DeadLetterCodec.encodeJson(
            new DeadLetter(Stage.DECODE, reason, message, record, List.of()));
    send(List.of(new ProducerRecord<>(DEAD, null, value)));
  }

  void send(List<ProducerRecord<byte[], byte[]>> records) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>copyOf(kafka()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      List<Future<?>> sent = new ArrayList<>();
      for (ProducerRecord<byte[], byte[]> record : records) {
        sent.add(producer.send(record));
      }
      for (Future<?> each : sent) {
        each.get(60, TimeUnit.SECONDS);
      }
    }
  }

  void delete(String topic) throws Exception {
    try (Admin admin = Admin.create(Map.<String, Object>copyOf(kafka()))) {
      admin.deleteTopics(List.of(topic)).all().get(60, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    try (broker) {
      embedder.close();
    }
  }
}
