package dev.streambed.benchmarks.report;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.flink.annotation.Internal;

/**
 * The machine that a measurement ran on.
 *
 * @param vectorInstructions those that matter to matrix products, such as "avx2"; empty if not
 *     known
 * @param memoryGiB of the whole machine; 0 if not known
 */
@Internal
public record Machine(
    int cores,
    String processor,
    String vectorInstructions,
    long memoryGiB,
    String system,
    String java) {

  // As Linux calls them; VNNI multiplies bytes, AMX multiplies tiles.
  private static final List<String> VECTOR_INSTRUCTIONS =
      List.of("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8");

  private static final long KIB_PER_GIB = 1024 * 1024;

  public static Machine ofThisProcess() {
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        field("/proc/cpuinfo", "model name").orElse(System.getProperty("os.arch")),
        vectorInstructions(field("/proc/cpuinfo", "flags").orElse("")),
        field("/proc/meminfo", "MemTotal").map(Machine::gib).orElse(0L),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
  }

  /** Processes that could run or wait for the disk, averaged over a minute; -1 if not known. */
  public static double loadAverage() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  /** In one line, for people. */
  public String describe() {
    String instructions = vectorInstructions.isEmpty() ? "" : " with " + vectorInstructions;
    return String.format(
        Locale.ROOT,
        "%d cores of %s%s, %d GiB, %s, %s",
        cores,
        processor,
        instructions,
        memoryGiB,
        system,
        java);
  }

  /** Flags of a processor, separated by spaces, that the report names. */
  static String vectorInstructions(String flags) {
    List<String> found = new ArrayList<>(VECTOR_INSTRUCTIONS);
    found.retainAll(Arrays.asList(flags.split(" ", -1)));
    return String.join(" ", found);
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
