package dev.streambed.cli.sql;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.demo.DemoText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The topics of init.sql: one with paragraphs of speeches, and an empty one. */
final class SampleTopics {
  private static final String SPEECHES = "speeches";
  private static final String EMBEDDINGS = "embeddings";
  static final String NAMES = SPEECHES + ", " + EMBEDDINGS;

  private static final int PARTITIONS = 4;

  private SampleTopics() {}

  /** Returns when the broker has all of them. */
  static void create(KafkaBroker broker, List<DemoText> texts)
      throws IOException, InterruptedException, ExecutionException {
    broker.createTopic(SPEECHES, PARTITIONS);
    broker.createTopic(EMBEDDINGS, PARTITIONS);
    var json = new ObjectMapper();
    List<Future<?>> sent = new ArrayList<>();
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new StringSerializer(),
            new ByteArraySerializer())) {
      for (DemoText text : texts) {
        byte[] value =
            json.writeValueAsBytes(
                Map.of(
                    "id", text.key(),
                    "president", text.president(),
                    "delivered", Integer.parseInt(text.year()),
                    "paragraph", text.text()));
        sent.add(producer.send(new ProducerRecord<>(SPEECHES, text.key(), value)));
      }
    }
    for (Future<?> future : sent) {
      future.get();
    }
  }
}
