package dev.streambed.e2e.harness;

import static org.awaitility.Awaitility.await;

import dev.streambed.broker.FreePorts;
import dev.streambed.e2e.records.Canaries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A standalone Flink cluster as a user would run it: a JobManager and TaskManagers, each in a JVM
 * of its own with nothing but Flink's jars. Jobs come to it as jars, through {@link #jobs}. A
 * JobManager that is started again keeps its address and its directory, but knows no jobs: there is
 * no high availability.
 */
public final class FlinkCluster implements AutoCloseable {
  /** Limit of a start or a registration, on a machine that does other things too. */
  public static final Duration LIMIT = Duration.ofMinutes(2);

  /** The time that a process may be silent before it counts as lost. */
  static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(6);

  private static final List<String> JVM_OPTIONS =
      Stream.concat(
              Stream.of(
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:-UsePerfData",
                  "--enable-native-access=ALL-UNNAMED",
                  "-XX:MaxMetaspaceSize=256m", // jvm-metaspace.size, as Flink's scripts set it
                  "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED",
                  "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"),
              // as in config.yaml of Flink's distribution
              Stream.of(
                      "java.lang",
                      "java.net",
                      "java.io",
                      "java.nio",
                      "sun.nio.ch",
                      "java.lang.reflect",
                      "java.text",
                      "java.time",
                      "java.util",
                      "java.util.concurrent",
                      "java.util.concurrent.atomic",
                      "java.util.concurrent.locks")
                  .map(name -> "--add-opens=java.base/" + name + "=ALL-UNNAMED"))
          .toList();

  private static final List<String> TASK_MANAGER_MEMORY =
      Stream.of(
              "taskmanager.cpu.cores=1.0",
              "taskmanager.memory.task.heap.size=256m",
              "taskmanager.memory.task.off-heap.size=0b",
              "taskmanager.memory.framework.heap.size=128m",
              "taskmanager.memory.framework.off-heap.size=128m",
              "taskmanager.memory.network.min=64m",
              "taskmanager.memory.network.max=64m",
              "taskmanager.memory.managed.size=64m",
              "taskmanager.memory.jvm-metaspace.size=256m",
              "taskmanager.memory.jvm-overhead.min=64m",
              "taskmanager.memory.jvm-overhead.max=64m")
          .flatMap(option -> Stream.of("-D", option))
          .toList();

  private final FlinkDirectory directory;
  private final int restPort;
  private final int slots;
  private final FlinkProcess jobManager;
  private final List<FlinkProcess> taskManagers;
  private final List<Integer> starts = new ArrayList<>();
  private final JobClient jobs;

  private FlinkCluster(Path path, int taskManagers, int slots, String... options)
      throws IOException {
    this.directory = new FlinkDirectory(path.toAbsolutePath());
    this.slots = slots;
    this.restPort = FreePorts.next();
    directory.prepare(config() + String.join("\n", options));
    this.jobManager = new FlinkProcess("jobmanager", directory, this::jobManagerArguments);
    this.taskManagers =
        IntStream.range(0, taskManagers)
            .mapToObj(
                number ->
                    new FlinkProcess(
                        "taskmanager-" + number, directory, () -> taskManagerArguments(number)))
            .toList();
    this.taskManagers.forEach(each -> starts.add(0));
    this.jobs = new JobClient(restPort, directory.savepoints());
  }

  /**
   * Starts a cluster of TaskManagers with so many slots each; its files are kept.
   *
   * @param options lines of its configuration, each an option and its value
   */
  public static FlinkCluster start(Path directory, int taskManagers, int slots, String... options)
      throws Exception {
    var cluster = new FlinkCluster(directory, taskManagers, slots, options);
    try {
      cluster.jobManager.start();
      for (FlinkProcess taskManager : cluster.taskManagers) {
        taskManager.start();
      }
      cluster.awaitSlots();
      cluster.jobs.upload(FlinkDirectory.jobJar());
      return cluster;
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  public JobClient jobs() {
    return jobs;
  }

  public FlinkProcess jobManager() {
    return jobManager;
  }

  public FlinkProcess taskManager(int number) {
    return taskManagers.get(number);
  }

  /** Id of a TaskManager in Flink's REST interface. */
  public String taskManagerId(int number) {
    return "taskmanager-%d-%d".formatted(number, starts.get(number));
  }

  public FlinkDirectory directory() {
    return directory;
  }

  /**
   * Waits until all TaskManagers have registered and nothing runs in their slots.
   *
   * @throws org.awaitility.core.TerminalFailureException if a process has ended by itself
   */
  public void awaitSlots() {
    await("free slots")
        .atMost(LIMIT)
        .failFast(this::assertProcessesRun)
        .ignoreExceptions() // as long as the JobManager starts
        .until(() -> jobs.freeSlots() == taskManagers.size() * slots);
  }

  private void assertProcessesRun() throws IOException {
    jobManager.assertRuns();
    for (FlinkProcess taskManager : taskManagers) {
      taskManager.assertRuns();
    }
  }

  /** The last complete checkpoint of a job, which its end did not delete. */
  Optional<String> retainedCheckpoint(String job) throws IOException {
    Path checkpoints = directory.checkpoints().resolve(job);
    if (!Files.isDirectory(checkpoints)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(checkpoints)) {
      return files
          .filter(file -> Files.exists(file.resolve("_metadata")))
          .max(Comparator.comparingInt(FlinkCluster::checkpointNumber))
          .map(file -> file.toUri().toString());
    }
  }

  private static int checkpointNumber(Path checkpoint) {
    return Integer.parseInt(checkpoint.getFileName().toString().substring("chk-".length()));
  }

  private List<String> jobManagerArguments() {
    return arguments(
        "512m",
        "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
        List.of("--executionMode", "cluster"));
  }

  private List<String> taskManagerArguments(int number) {
    starts.set(number, starts.get(number) + 1);
    return arguments(
        "384m", // task.heap.size and framework.heap.size
        "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
        Stream.concat(
                TASK_MANAGER_MEMORY.stream(),
                Stream.of("-D", "taskmanager.resource-id=" + taskManagerId(number)))
            .toList());
  }

  private List<String> arguments(String heap, String mainClass, List<String> more) {
    List<String> arguments = new ArrayList<>(JVM_OPTIONS);
    arguments.add("-Xmx" + heap);
    arguments.add("-Djava.io.tmpdir=" + temporaryFiles());
    arguments.add(
        "-Dlog4j.configurationFile=" + directory.configuration().resolve("log4j.properties"));
    arguments.add(GuardedMain.class.getName());
    arguments.add(mainClass);
    arguments.add("--configDir");
    arguments.add(directory.configuration().toString());
    arguments.addAll(more);
    return arguments;
  }

  private Path temporaryFiles() {
    return directory.path().resolve("tmp");
  }

  private String config() throws IOException {
    Files.createDirectories(temporaryFiles());
    return """
    jobmanager.rpc.address: 127.0.0.1
    jobmanager.rpc.port: %1$d
    jobmanager.bind-host: 127.0.0.1
    jobmanager.memory.process.size: 1g
    rest.address: 127.0.0.1
    rest.port: %2$d
    rest.bind-address: 127.0.0.1
    blob.server.port: "%3$d"
    taskmanager.bind-host: 127.0.0.1
    taskmanager.host: 127.0.0.1
    taskmanager.numberOfTaskSlots: %4$d
    pekko.startup-timeout: 60 s
    heartbeat.interval: 1 s
    heartbeat.timeout: %5$d ms
    web.upload.dir: %6$s/uploads
    metrics.fetcher.update-interval: 500 ms
    taskmanager.load-balance.mode: SLOTS
    io.tmp.dirs: %6$s/tmp
    execution.checkpointing.storage: filesystem
    execution.checkpointing.dir: %7$s
    execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION
    restart-strategy.type: fixed-delay
    restart-strategy.fixed-delay.attempts: 1000
    restart-strategy.fixed-delay.delay: 300 ms
    """
        .formatted(
            FreePorts.next(),
            restPort,
            FreePorts.next(),
            slots,
            HEARTBEAT_TIMEOUT.toMillis(),
            directory.path(),
            directory.checkpoints().toUri());
  }

  /** Kills all processes, and searches their logs for {@link Canaries}; the files are kept. */
  @Override
  public void close() {
    for (FlinkProcess taskManager : taskManagers) {
      taskManager.close();
    }
    jobManager.close();
    Canaries.assertNoneInLogs(directory.path());
  }
}
