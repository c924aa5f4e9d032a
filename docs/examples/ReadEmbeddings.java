import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a topic of embeddings exactly once, as far as Kafka goes. After a build by ./streambed:
 *
 *   java @target/launcher/java.options docs/examples/ReadEmbeddings.java localhost:9092 embeddings [SPACE]
 *
 * With the address of a vector space, such as ./streambed inspect shows, it takes no other vectors than those that
 * compare with it.
 */
class ReadEmbeddings {
  public static void main(String[] args) throws Exception {
    var json = new ObjectMapper();
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers", args[0],
            "group.id", "read-embeddings",
            "auto.offset.reset", "earliest",
            "isolation.level", "read_committed", // or it reads what is rolled back later
            "enable.auto.commit", "false"); // committed below, after the work is done
    try (var consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(args[1]));
      while (true) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          String key = record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8);
          if (record.value() == null) {
            System.out.println("delete " + key);
          } else {
            Header header = record.headers().lastHeader("streambed-space"); // also in the value
            String space = header == null ? "no space" : new String(header.value(), StandardCharsets.UTF_8);
            if (args.length > 2 && !args[2].equals(space)) {
              throw new IllegalStateException(
                  "The vector of %s is of %s, which does not compare with %s.".formatted(key, space, args[2]));
            }
            JsonNode value = json.readTree(record.value());
            // A store that takes the key as its id makes one document of a record that comes again after a crash here.
            System.out.printf(
                "store %s: %d dimensions of %s%n",
                key, value.path("embedding").size(), value.path("model").path("name"));
          }
        }
        consumer.commitSync();
      }
    }
  }
}
