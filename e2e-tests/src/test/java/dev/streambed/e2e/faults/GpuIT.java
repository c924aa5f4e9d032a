package dev.streambed.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streambed.e2e.harness.Deployment;
import dev.streambed.e2e.harness.FlinkCluster;
import dev.streambed.e2e.harness.FlinkDirectory;
import dev.streambed.e2e.harness.TestJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A TaskManager whose discovery script lists two GPUs, on a cluster that has none and runs the jar
 * of the default build.
 */
@DisabledIfSystemProperty(named = "streambed.gpu", matches = "true") // the messages differ
class GpuIT {
  private static final String DRIVER = "org.apache.flink.externalresource.gpu.GPUDriverFactory";
  private static final int SLOTS = 2;
  private static final int RECORDS = 100;

  @TempDir private static Path directory;
  private static Deployment deployment;

  @BeforeAll
  static void deploy() throws Exception {
    Path script = discoveryScript();
    new FlinkDirectory(directory.resolve("flink")).addPlugin("external-resource-gpu");
    deployment =
        Deployment.start(
            directory,
            /* taskManagers= */ 1,
            SLOTS,
            "external-resources: gpu",
            "external-resource.gpu.amount: 2",
            "external-resource.gpu.driver-factory.class: " + DRIVER,
            "external-resource.gpu.param.discovery-script.path: " + script);
  }

  @AfterAll
  static void undeploy() {
    deployment.close();
  }

  @Test
  void autoTriesAGpuPerSlotThenRunsOnTheCpuAndSaysSoInLogAndMetric() throws Exception {
    try (TestJob job =
        TestJob.create(
            deployment,
            "auto",
            "streambed.model.device: auto",
            "execution.checkpointing.interval: 500 ms")) {
      job.send(RECORDS);
      job.start(SLOTS);

      job.checkOutput(); // the CPU's vectors, bit for bit

      await("metric of both slots")
          .atMost(FlinkCluster.LIMIT)
          .until(
              () -> cluster().jobs().operatorMetric(job.id(), "embed", "embedding.device") == -2);
      assertThat(devices())
          .satisfiesExactlyInAnyOrder(
              line -> assertThat(line).contains("runs on cpu, not a GPU: Cannot run on cuda:0: "),
              line -> assertThat(line).contains("runs on cpu, not a GPU: Cannot run on cuda:1: "))
          .allMatch(line -> line.endsWith("GPUs that Flink lists here: [0, 1]."));
    }
  }

  @Test
  void cudaIsRefusedWhenTheJobIsSubmitted() throws Exception {
    try (TestJob job = TestJob.create(deployment, "cuda", "streambed.model.device: cuda")) {

      assertThatThrownBy(() -> job.start(SLOTS))
          .hasMessageContaining(
              "Cannot run on cuda: this build of Streambed has no GPU support. Build it with: mvn"
                  + " package -Pgpu");
    }
  }

  private static FlinkCluster cluster() {
    return deployment.cluster();
  }

  /** The TaskManager's log lines about devices. */
  private static List<String> devices() throws IOException {
    return Files.readAllLines(cluster().taskManager(0).logFile()).stream()
        .filter(line -> line.contains(" runs on "))
        .toList();
  }

  /** Lists as many GPUs as it is asked for, from 0. */
  private static Path discoveryScript() throws IOException {
    Path script =
        Files.writeString(
            directory.resolve("discover-gpus"), "#!/bin/sh\nseq -s, 0 $(( $1 - 1 ))\n");
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
