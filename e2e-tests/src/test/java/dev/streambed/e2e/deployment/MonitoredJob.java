package dev.streambed.e2e.deployment;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.streambed.broker.FreePorts;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.records.Topics;
import dev.streambed.jobs.EmbedTopicJob;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.metrics.prometheus.PrometheusReporterFactory;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The job over a real broker, with its metrics where Prometheus would fetch them. */
final class MonitoredJob implements AutoCloseable {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofMillis(500);
  private static final long LIMIT_SECONDS = 120;
  private static final String REPORTER = "metrics.reporter.prom.";

  /** A sample as Prometheus reads it: {@code name{label="value",…} 1.0}. */
  private static final Pattern SAMPLE =
      Pattern.compile("(?<name>[a-zA-Z_:][\\w:]*)(\\{(?<labels>.*)})? \\S+");

  private static final Pattern LABEL = Pattern.compile("(?<label>[a-zA-Z_]\\w*)=\"");

  private final KafkaBroker broker;
  private final MiniCluster cluster;
  private final URI metrics;

  private MonitoredJob(KafkaBroker broker, Path directory) throws IOException {
    int port = FreePorts.next();
    var configuration = new Configuration();
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(CoreOptions.TMP_DIRS, directory.toString());
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        directory.resolve("checkpoints").toUri().toString());
    configuration.setString(
        REPORTER + MetricOptions.REPORTER_FACTORY_CLASS.key(),
        PrometheusReporterFactory.class.getName());
    configuration.setString(REPORTER + "port", Integer.toString(port));
    this.broker = broker;
    this.metrics = URI.create("http://localhost:%d/metrics".formatted(port));
    this.cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(1)
                .build());
  }

  /** Starts all of it, and embeds some texts. */
  static MonitoredJob start(Path directory) throws Exception {
    var job = new MonitoredJob(KafkaBroker.start(), directory);
    try {
      job.submit();
      return job;
    } catch (Exception e) {
      job.close();
      throw e;
    }
  }

  private void submit() throws Exception {
    cluster.start();
    for (String topic : List.of("texts", "embeddings", "dead-letters")) {
      broker.createTopic(topic, 1);
    }
    var records = new ArrayList<ProducerRecord<byte[], byte[]>>();
    for (String text : List.of("{\"text\":\"the dog bites the man\"}", "{\"text\":", "{}")) {
      records.add(new ProducerRecord<>("texts", text.getBytes(StandardCharsets.UTF_8)));
    }
    Topics.send(broker, records);
    var pipeline = new Configuration();
    pipeline.setString("streambed.source.bootstrap-servers", broker.bootstrapServers());
    pipeline.setString("streambed.source.topic", "texts");
    pipeline.setString("streambed.sink.topic", "embeddings");
    pipeline.setString("streambed.sink.dead-letter-topic", "dead-letters");
    pipeline.setString("streambed.changes.mode", "skip"); // all metrics are there then
    pipeline.setString(
        "streambed.model.directory",
        Path.of("../embedder/src/test/resources/tiny-model").toAbsolutePath().toString());
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    environment.setParallelism(1);
    environment.enableCheckpointing(CHECKPOINT_INTERVAL.toMillis());
    EmbedTopicJob.build(environment, pipeline);
    cluster.submitJob(environment.getStreamGraph().getJobGraph()).get(LIMIT_SECONDS, SECONDS);
  }

  /** The port of the JobManager's REST interface. */
  int restPort() throws Exception {
    return cluster.getRestAddress().get(LIMIT_SECONDS, SECONDS).getPort();
  }

  /** The metrics that are exported now, with their labels. */
  Map<String, Set<String>> exported() throws IOException, InterruptedException {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofString());
    var exported = new TreeMap<String, Set<String>>();
    response
        .body()
        .lines()
        .forEach(
            line -> {
              Matcher sample = SAMPLE.matcher(line);
              if (sample.matches()) {
                Set<String> labels =
                    exported.computeIfAbsent(sample.group("name"), name -> new TreeSet<>());
                String pairs = sample.group("labels");
                LABEL
                    .matcher(pairs == null ? "" : pairs)
                    .results()
                    .forEach(label -> labels.add(label.group(1)));
              }
            });
    return exported;
  }

  @Override
  public void close() {
    try (broker) {
      cluster.closeAsync().join();
    }
  }
}
