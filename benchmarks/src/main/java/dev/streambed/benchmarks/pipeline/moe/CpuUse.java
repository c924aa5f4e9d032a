package dev.streambed.benchmarks.pipeline.moe;

import com.sun.management.OperatingSystemMXBean;
import dev.streambed.benchmarks.pipeline.PipelineRun.Watcher;
import java.lang.management.ManagementFactory;

/** How many cores this process has in the window of a run. */
final class CpuUse implements Watcher {
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private long startNanos;
  private long startCpuNanos;
  private double cores;

  @Override
  public void windowBegins() {
    this.startNanos = System.nanoTime();
    this.startCpuNanos = system.getProcessCpuTime();
  }

  @Override
  public void windowEnds() {
    if (startNanos != 0) {
      this.cores =
          (double) (system.getProcessCpuTime() - startCpuNanos) / (System.nanoTime() - startNanos);
    }
  }

  /** CPU seconds per second; 0 if the run ended in its warm-up. */
  double cores() {
    return cores;
  }
}
