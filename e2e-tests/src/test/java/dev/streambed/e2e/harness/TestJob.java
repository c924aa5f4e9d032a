package dev.streambed.e2e.harness;

import static org.awaitility.Awaitility.await;

import dev.streambed.e2e.records.DeliveryProgress;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.TestTexts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** A job of a {@link Deployment}, with topics of its own; one test uses it. */
public final class TestJob implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  private final Deployment deployment;
  private final JobTopics topics;
  private final DeliveryProgress progress;
  private final Path pipeline;
  private @Nullable String id;
  private @Nullable String restoredFrom;
  private int sent;

  private TestJob(Deployment deployment, JobTopics topics, Path pipeline) {
    this.deployment = deployment;
    this.topics = topics;
    this.pipeline = pipeline;
    this.progress = new DeliveryProgress(topics);
  }

  /**
   * Creates the topics and the pipeline file of a job, and does not start it.
   *
   * @param options lines of the pipeline file, each an option and its value
   */
  public static TestJob create(Deployment deployment, String name, String... options)
      throws IOException, InterruptedException {
    JobTopics topics = JobTopics.create(deployment.broker(), name);
    Path pipeline =
        topics.writePipeline(
            deployment.directory(), deployment.bootstrapServers(), deployment.model(), options);
    return new TestJob(deployment, topics, pipeline);
  }

  /** Its id in Flink, of the last submission. */
  public String id() {
    if (id == null) {
      throw new IllegalStateException("Job " + topics.name() + " was never started.");
    }
    return id;
  }

  /** Starts it without state. */
  public void start(int parallelism) throws IOException, InterruptedException {
    start(parallelism, null);
  }

  /** Starts it from a checkpoint or savepoint. */
  public void start(int parallelism, @Nullable String restorePath)
      throws IOException, InterruptedException {
    id = jobs().run(pipeline, parallelism, restorePath);
    restoredFrom = restorePath;
  }

  /**
   * Starts it again from its last checkpoint, after it was cancelled or its JobManager died; if it
   * has completed none since its last start, from the start of that.
   */
  public void resubmit(int parallelism) throws IOException, InterruptedException {
    start(parallelism, deployment.cluster().retainedCheckpoint(id()).orElse(restoredFrom));
  }

  /** Sends so many more records to it. */
  public void send(int records) throws ExecutionException, InterruptedException {
    topics.send(sent, sent + records);
    sent += records;
  }

  /** Sends the last record of each key again, unless it cannot be embedded. */
  public void sendLastOfKeysAgain() throws ExecutionException, InterruptedException {
    topics.sendAgain(sent - TestTexts.KEYS, sent);
  }

  /** The number of records that its tasks have read since they started. */
  public long read() throws IOException, InterruptedException {
    return jobs().operatorMetric(id(), "decode", "numRecordsIn");
  }

  public int sent() {
    return sent;
  }

  /** The number of delivered records. */
  public int delivered() {
    return progress.delivered();
  }

  /** Waits until so many records are delivered. */
  public void awaitDelivered(int records) {
    progress.awaitDelivered(records);
  }

  /** Waits until it begins from a checkpoint once more, and then delivers more. */
  public void awaitRestore(int restoredBefore) {
    await("restore of job " + topics.name())
        .atMost(LIMIT)
        .ignoreExceptions()
        .until(() -> jobs().checkpoints(id()).restored() > restoredBefore);
    awaitMore();
  }

  /** Waits until a checkpoint fails, or the job restarts because one did. */
  public void awaitFailedCheckpoint() throws IOException, InterruptedException {
    JobClient.Checkpoints before = checkpoints();
    await("failed checkpoint of job " + topics.name())
        .atMost(LIMIT)
        .ignoreExceptions()
        .until(() -> checkpoints().failed() > before.failed());
  }

  /** Waits until more is delivered than now. */
  public void awaitMore() {
    int before = delivered();
    if (before < sent) {
      awaitDelivered(before + 1);
    }
  }

  public JobClient.Checkpoints checkpoints() throws IOException, InterruptedException {
    return jobs().checkpoints(id());
  }

  /** Waits for the output, and checks that every sent record is delivered, and nothing else. */
  public void checkOutput() {
    checkOutputInOrderFrom(0);
  }

  /** As {@link #checkOutput}, but the order per key only of this record and those sent after it. */
  public void checkOutputInOrderFrom(int first) {
    progress.awaitSettled(sent);
    deployment.outputs().checkInOrderFrom(first, topics, sent);
  }

  private JobClient jobs() {
    return deployment.cluster().jobs();
  }

  /** Cancels it if it runs. */
  @Override
  public void close() throws IOException {
    progress.close();
    try {
      if (id != null && !jobs().hasEnded(id)) {
        jobs().cancel(id);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
