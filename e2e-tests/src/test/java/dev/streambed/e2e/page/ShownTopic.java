package dev.streambed.e2e.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.schemas.DeadLetter;
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
import dev.streambed.server.page.PageOptions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** A topic of embeddings and one of dead letters on a broker, and a server that shows them. */
final class ShownTopic implements AutoCloseable {
  private static final String TOPIC = "embeddings";
  private static final String DEAD_LETTERS = "dead-letters";

  final KafkaBroker broker;
  private final OnnxTextEmbedder embedder;
  private @Nullable EmbeddingServer server;
  private int port;
  private long offset;

  private ShownTopic(KafkaBroker broker, OnnxTextEmbedder embedder) {
    this.broker = broker;
    this.embedder = embedder;
  }

  static ShownTopic create() throws Exception {
    KafkaBroker broker = KafkaBroker.start();
    broker.createTopic(TOPIC, 1);
    broker.createTopic(DEAD_LETTERS, 1);
    return new ShownTopic(
        broker, OnnxTextEmbedder.open(DefaultModel.open(), EmbedderOptions.DEFAULT));
  }

  /** Starts the server, where it was before if it ran before. Returns the page's address. */
  String serve(String... keys) throws IOException {
    var options = ServerOptions.DEFAULT.withAddress(new Address("127.0.0.1", port, null));
    var page =
        new PageOptions(
            TOPIC,
            DEAD_LETTERS,
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            PageOptions.DEFAULT_MAX_RECORDS);
    server =
        EmbeddingServer.start(
            embedder,
            keys.length == 0 ? options : options.withKeys(ApiKeys.of(List.of(keys))),
            page);
    port = server.port();
    return server.url() + "/page/";
  }

  /** Ends the server. */
  void endServer() {
    if (server != null) {
      server.close();
      server = null;
    }
  }

  /** Writes the embedding of a text, as a job does. */
  void send(String key, String text, Map<String, ?> metadata) throws Exception {
    Topics.send(broker, List.of(record(key, text, metadata)));
  }

  /** The record of a text. */
  ProducerRecord<byte[], byte[]> record(String key, String text, Map<String, ?> metadata) {
    Embedding embedding = embedder.embed(List.of(embedder.tokenise(text, null))).get(0);
    var provenance =
        new Provenance(
            new ModelReference(embedder.modelName(), "", embedder.modelDigest(), null),
            embedder.space().toString(),
            /* prompt= */ null,
            embedding.tokens(),
            embedding.truncated(),
            0,
            Provenance.contentHash(text),
            new SourcePosition("texts", 0, offset++));
    var record =
        new EmbeddingRecord(
            key, text, embedding.vector(), provenance, Map.copyOf(metadata), Long.MIN_VALUE);
    return new ProducerRecord<>(
        TOPIC, key.getBytes(UTF_8), EmbeddingRecordCodec.encodeJson(record));
  }

  /** Writes a tombstone. */
  void delete(String key) throws Exception {
    write(TOPIC, key, null);
  }

  void sendDeadLetter(String reason, String message) throws Exception {
    var record = new SourceRecord(new SourcePosition("texts", 0, 7), 1_000, null, null, List.of());
    var letter = new DeadLetter(DeadLetter.Stage.DECODE, reason, message, record, List.of());
    write(DEAD_LETTERS, "none", DeadLetterCodec.encodeJson(letter));
  }

  private void write(String topic, String key, byte @Nullable [] value) throws Exception {
    Topics.send(broker, List.of(new ProducerRecord<>(topic, key.getBytes(UTF_8), value)));
  }

  @Override
  public void close() {
    endServer();
    embedder.close();
    broker.close();
  }
}
