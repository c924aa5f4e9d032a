package dev.streambed.operator;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.apache.flink.api.common.externalresource.ExternalResourceInfo;

/**
 * A slot's hold on one of the GPUs of its TaskManager. Flink assigns GPUs to a TaskManager, and
 * shows all of them to each of its slots; the slots of a job share them out here.
 */
final class GpuLease implements AutoCloseable {
  /** The name of GPUs in Flink's option external-resources. */
  static final String RESOURCE = "gpu";

  private static final String INDEX = "index"; // GPUInfo of flink-external-resource-gpu
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,4}");

  private final GpuPool pool;
  private final List<Integer> listed;
  private final OptionalInt gpu;
  private final AtomicBoolean closed = new AtomicBoolean();

  private GpuLease(GpuPool pool, List<Integer> listed) {
    this.pool = pool;
    this.listed = listed;
    this.gpu = pool.acquire(listed);
  }

  /** Takes the GPU that the fewest slots of this process have taken. */
  static GpuLease acquire(Set<ExternalResourceInfo> gpus) {
    return new GpuLease(GpuPool.OF_THIS_PROCESS, indexes(gpus));
  }

  /** CUDA index of the GPU; empty if there is none. */
  OptionalInt gpu() {
    return gpu;
  }

  /** CUDA indexes of all GPUs of the TaskManager, in their order. */
  List<Integer> listed() {
    return listed;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      gpu.ifPresent(pool::release);
    }
  }

  /** A device that a discovery script names otherwise, such as a MIG slice, has no CUDA index. */
  private static List<Integer> indexes(Collection<ExternalResourceInfo> gpus) {
    return gpus.stream()
        .map(info -> info.getProperty(INDEX))
        .flatMap(Optional::stream)
        .filter(index -> NUMBER.matcher(index).matches())
        .map(Integer::valueOf)
        .sorted()
        .toList();
  }
}
