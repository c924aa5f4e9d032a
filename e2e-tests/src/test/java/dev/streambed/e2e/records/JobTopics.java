package dev.streambed.e2e.records;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.embedder.model.ModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * The topics of one job, filled with {@link TestTexts}.
 *
 * @param name of the job; begins the names of its topics
 */
public record JobTopics(KafkaBroker broker, String name) {
  private static final int PARTITIONS = 4;
  private static final TestTexts TEXTS = new TestTexts();

  /** Creates the topics of a new job. */
  public static JobTopics create(KafkaBroker broker, String name)
      throws IOException, InterruptedException {
    var topics = new JobTopics(broker, name);
    broker.createTopic(topics.input(), PARTITIONS);
    broker.createTopic(topics.output(), PARTITIONS);
    broker.createTopic(topics.deadLetters(), 1);
    return topics;
  }

  public String input() {
    return name + "-texts";
  }

  public String output() {
    return name + "-embeddings";
  }

  public String deadLetters() {
    return name + "-dead-letters";
  }

  /**
   * Opens a consumer of all that the job commits, from the beginning. It is told the partitions:
   * right after a topic is created, the broker may not know it.
   */
  public KafkaConsumer<byte[], byte[]> committedOutput() {
    KafkaConsumer<byte[], byte[]> consumer = Topics.consumer(broker, Topics.COMMITTED);
    List<TopicPartition> partitions =
        Stream.concat(
                IntStream.range(0, PARTITIONS).mapToObj(i -> new TopicPartition(output(), i)),
                Stream.of(new TopicPartition(deadLetters(), 0)))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return consumer;
  }

  /** Sends the records with the numbers of a range. */
  public void send(int first, int end) throws ExecutionException, InterruptedException {
    send(IntStream.range(first, end));
  }

  /** Sends those of a range again that can be embedded. */
  public void sendAgain(int first, int end) throws ExecutionException, InterruptedException {
    send(IntStream.range(first, end).filter(number -> !TestTexts.isDead(number)));
  }

  private void send(IntStream numbers) throws ExecutionException, InterruptedException {
    Topics.send(broker, numbers.mapToObj(number -> TEXTS.record(input(), number)).toList());
  }

  /** The embeddings that are committed now. */
  public List<ConsumerRecord<byte[], byte[]>> readEmbeddings() {
    return Topics.readAll(broker, output());
  }

  /** The dead letters that are committed now. */
  public List<ConsumerRecord<byte[], byte[]>> readDeadLetters() {
    return Topics.readAll(broker, deadLetters());
  }

  /**
   * Writes the job's pipeline file.
   *
   * @param bootstrapServers where the job finds the broker
   * @param more more lines, each an option and its value
   */
  public Path writePipeline(
      Path folder, String bootstrapServers, ModelDirectory model, String... more)
      throws IOException {
    String yaml =
        """
        streambed:
          source:
            bootstrap-servers: %s
            topic: %s
          sink:
            topic: %s
            dead-letter-topic: %s
          model:
            directory: %s
        %s
        """
            .formatted(
                bootstrapServers,
                input(),
                output(),
                deadLetters(),
                model.path(),
                String.join("\n", more));
    return Files.writeString(folder.resolve(name + ".yaml"), yaml);
  }
}
