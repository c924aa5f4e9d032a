package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.ApicurioRegistry;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.harness.FlinksAvroFormat;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.Topics;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.registry.RegistryClient;
import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.jobs.registry.RegistrySchema;
import dev.streambed.schemas.protobuf.EmbeddingRecordProtobuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** Embeddings whose schema is in a real registry; docs/examples/avro-flat.yaml. */
interface RegisteredEmbeddingsTests {
  Duration LIMIT = Duration.ofMinutes(3);
  JsonMapper JSON = JsonMapper.builder().build();

  KafkaBroker broker();

  FaultyCluster cluster();

  ApicurioRegistry registry();

  /**
   * Somebody else's client, that of Confluent in Flink's SQL format, finds the schema by its id.
   */
  @Test
  default void writesWhatFlinksOwnFormatReads() throws Exception {
    JobTopics topics = JobTopics.create(broker(), "flat");
    Configuration pipeline =
        SchemaRegistryIT.pipeline("avro-flat", topics, registry().url(), Map.of());

    List<byte[]> values = embed(topics, pipeline, 2);

    RegistrySchema schema = schema(values.get(0));
    assertThat(schema.type()).isEqualTo("AVRO");
    try (var format = new FlinksAvroFormat()) {
      for (byte[] value : values) {
        JsonNode read = JSON.readTree(format.deserialize(registry().url(), schema.text(), value));
        assertThat(read.get("id").asText()).isIn("0", "1");
        assertThat(read.get("text").asText()).isEqualTo("T: w1 w2");
        assertThat(read.get("embedding")).hasSize(384);
        assertThat(read.get("price").asDouble()).isEqualTo(19.9);
        assertThat(read.get("tags")).extracting(JsonNode::asText).containsExactly("a", "b");
      }
    }

    // A field without a default that the old schema lacks: readers of the new one would fail.
    registry().demandCompatibility("article-vectors-value");
    pipeline.setString("streambed.sink.fields.id", "article_id");
    assertThatThrownBy(() -> EmbedTopicJob.build(new StreamExecutionEnvironment(), pipeline))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith(
            "Cannot register the schema of embeddings under article-vectors-value: the rule of compatibility of subject article-vectors-value does not let");
  }

  @Test
  default void writesMessagesUnderTheirPublishedFile() throws Exception {
    JobTopics topics = JobTopics.create(broker(), "messages");
    Configuration pipeline =
        SchemaRegistryIT.pipeline("avro-flat", topics, registry().url(), Map.of());
    pipeline.setString("streambed.sink.format", "protobuf");
    pipeline.setString("streambed.sink.profile", "canonical");
    pipeline.setString("streambed.sink.subject", "messages-value");
    for (String key : List.of("price", "tags")) {
      pipeline.removeKey("streambed.sink.metadata-types." + key);
    }
    pipeline.removeKey("streambed.sink.metadata-types");

    byte[] value = embed(topics, pipeline, 1).get(0);

    RegistrySchema schema = schema(value);
    assertThat(schema.type()).isEqualTo("PROTOBUF");
    assertThat(schema.text()).contains("message EmbeddingRecord {", "repeated float embedding = 3");
    assertThat(value[5]).as("the indexes of its first message").isZero();
    byte[] message = Arrays.copyOfRange(value, 6, value.length);
    JsonNode read = JSON.readTree(EmbeddingRecordProtobuf.json(message));
    assertThat(read.get("text").asText()).isEqualTo("T: w1 w2");
    assertThat(read.get("embedding")).hasSize(384);
  }

  private List<byte[]> embed(JobTopics topics, Configuration pipeline, int count) throws Exception {
    JobID job = cluster().submit(pipeline, EmbedTopicJob::build);
    for (int i = 0; i < count; i++) {
      String value = "{\"title\":\"T\",\"body\":\"w1 w2\",\"price\":19.9,\"tags\":[\"a\",\"b\"]}";
      Topics.send(
          broker(),
          List.of(
              new ProducerRecord<>(
                  topics.input(),
                  Integer.toString(i).getBytes(StandardCharsets.UTF_8),
                  value.getBytes(StandardCharsets.UTF_8))));
    }
    await("output")
        .atMost(LIMIT)
        .until(() -> Topics.readUncommitted(broker(), topics.output()).size() >= count);
    cluster().checkpoint(job);
    cluster().drain(job);
    return topics.readEmbeddings().stream()
        .map(ConsumerRecord::value)
        .map(value -> Objects.requireNonNull(value))
        .toList();
  }

  private RegistrySchema schema(byte[] value) throws Exception {
    ByteBuffer bytes = ByteBuffer.wrap(value);
    assertThat(bytes.get()).isZero();
    var options = new RegistryOptions(List.of(registry().url()), null, null, Map.of());
    try (var client = new RegistryClient(options)) {
      return client.schema(bytes.getInt());
    }
  }
}
