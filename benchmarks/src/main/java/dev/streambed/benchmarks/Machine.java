package dev.streambed.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The machine that a measurement ran on.
 *
 * @param memoryGiB of the whole machine; 0 if not known
 */
record Machine(int cores, String processor, long memoryGiB, String system, String java) {
  private static final long KIB_PER_GIB = 1024 * 1024;

  static Machine ofThisProcess() {
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        field("/proc/cpuinfo", "model name").orElse(System.getProperty("os.arch")),
        field("/proc/meminfo", "MemTotal").map(Machine::gib).orElse(0L),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
  }

  /** Processes that could run or wait for the disk, averaged over a minute; -1 if not known. */
  static double loadAverage() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  String describe() {
    return String.format(
        Locale.ROOT, "%d cores of %s, %d GiB, %s, %s", cores, processor, memoryGiB, system, java);
  }

  private static Optional<String> field(String file, String name) {
    try {
      return Files.readAllLines(Path.of(file)).stream()
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty(); // not Linux
    }
  }

  private static long gib(String kib) {
    return Math.round(Double.parseDouble(kib.substring(0, kib.indexOf(' '))) / KIB_PER_GIB);
  }
}
