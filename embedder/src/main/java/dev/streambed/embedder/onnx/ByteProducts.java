package dev.streambed.embedder.onnx;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How products of 8-bit weights are made: of signed weights where this processor multiplies them
 * exactly, else of unsigned ones, which are exact everywhere and several times slower than signed
 * ones are with VNNI or AMX (docs/decisions/0012). The vectors are the same bits.
 *
 * @param areSigned whether weights stay signed
 * @param reason for people
 */
record ByteProducts(boolean areSigned, String reason) {
  private static final Logger LOG = LoggerFactory.getLogger(ByteProducts.class);

  /** Keeps weights unsigned if true, in case that a processor is not what it says. */
  static final String UNSIGNED_PROPERTY = "streambed.unsigned-weights";

  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  /** The instructions that add products of bytes in 32 bits, as Linux calls them. */
  private static final List<String> EXACT = List.of("amx_int8", "avx512_vnni", "avx_vnni");

  /** Bytes per row of the check's graph, all of them 255. */
  static final int INPUTS = 64;

  /** Sums per row: of weights of 127 in even columns, of -128 in odd ones. */
  static final int OUTPUTS = 32;

  /** Numbers of rows for which ONNX Runtime takes different ways. */
  private static final int[] ROWS = {1, 2, 67};

  /** The result of the check. Guarded by the class. */
  private static Optional<ByteProducts> found = Optional.empty();

  /** Runs the check's graph with bytes of 255. */
  @FunctionalInterface
  interface Product {
    /** The sums, row by row. */
    int[] run(int rows);
  }

  /**
   * Finds out for this processor, at the first call.
   *
   * @param signed a product of signed weights
   */
  static synchronized ByteProducts ofThisProcessor(Product signed) {
    if (Boolean.getBoolean(UNSIGNED_PROPERTY)) {
      return new ByteProducts(false, UNSIGNED_PROPERTY + " is set");
    }
    if (found.isEmpty()) {
      ByteProducts products = find(CPUINFO, String.valueOf(System.getProperty("os.arch")), signed);
      LOG.info("8-bit weights are {}.", products.describe());
      found = Optional.of(products);
    }
    return found.get();
  }

  /** Asks the processor, and checks what it says: unsigned weights if there is any doubt. */
  static ByteProducts find(Path cpuinfo, String architecture, Product signed) {
    boolean isX86 = Set.of("amd64", "x86_64", "x86").contains(architecture);
    String instructions = architecture;
    if (isX86) {
      Set<String> known = new TreeSet<>(flags(cpuinfo));
      known.retainAll(EXACT);
      instructions = String.join(", ", known);
      if (known.isEmpty()) {
        return new ByteProducts(false, "the processor is not known to have VNNI or AMX");
      }
    }
    for (int rows : ROWS) {
      if (!isExact(signed.run(rows))) {
        return new ByteProducts(
            false, "products of signed ones overflow, in spite of %s".formatted(instructions));
      }
    }
    return new ByteProducts(true, "their products are exact, by %s".formatted(instructions));
  }

  private static boolean isExact(int[] sums) {
    for (int i = 0; i < sums.length; i++) {
      int weight = i % 2 == 0 ? Byte.MAX_VALUE : Byte.MIN_VALUE;
      if (sums[i] != INPUTS * 255 * weight) {
        return false;
      }
    }
    return sums.length > 0;
  }

  /** The flags of the first processor; none if they are not known. */
  private static List<String> flags(Path cpuinfo) {
    try (var lines = Files.lines(cpuinfo, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> List.of(line.split("\\s+")))
          .orElse(List.of());
    } catch (IOException e) {
      LOG.debug("Cannot read the flags of the processor.", e);
      return List.of();
    }
  }

  /** Signed or unsigned, and why. */
  String describe() {
    return (areSigned ? "signed: " : "unsigned: ") + reason;
  }
}
