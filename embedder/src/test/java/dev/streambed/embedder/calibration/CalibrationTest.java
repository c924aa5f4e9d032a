package dev.streambed.embedder.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.TokenLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CalibrationTest {
  private static final BatchTuning SMALL = new BatchTuning(256, 1);
  private static final BatchTuning STANDARD = new BatchTuning(512, 1);
  private static final BatchTuning LARGE = new BatchTuning(1024, 1);
  private static final List<BatchTuning> CANDIDATES = List.of(STANDARD, SMALL, LARGE);

  @TempDir Path folder;

  @Test
  void choosesAnotherThanTheDefaultOnlyIfItIsClearlyFaster() {
    assertThat(choose(Map.of(STANDARD, 100.0, SMALL, 104.0, LARGE, 90.0))).isEqualTo(STANDARD);
    assertThat(choose(Map.of(STANDARD, 100.0, SMALL, 106.0, LARGE, 107.0))).isEqualTo(LARGE);
    assertThat(choose(Map.of(STANDARD, 100.0, SMALL, 0.0, LARGE, 0.0))).isEqualTo(STANDARD);
    assertThat(choose(Map.of(STANDARD, 0.0, SMALL, 106.0, LARGE, 0.0))).isEqualTo(STANDARD);
  }

  @Test
  void measuresNothingWhenItIsOffOrThereIsNoChoice() {
    var embedder = new CountingEmbedder();

    assertThat(Calibration.choose(embedder, CANDIDATES, 1, CalibrationOptions.OFF))
        .isEqualTo(STANDARD);
    assertThat(Calibration.choose(embedder, List.of(LARGE), 1, options())).isEqualTo(LARGE);
    assertThat(embedder.runs).hasValue(0);
  }

  @Test
  void measuresOncePerProcessHoweverManySlotsAsk() {
    var embedder = new CountingEmbedder();
    List<CompletableFuture<BatchTuning>> slots = new ArrayList<>();
    for (int slot = 0; slot < 4; slot++) {
      slots.add(
          CompletableFuture.supplyAsync(
              () -> Calibration.choose(embedder, CANDIDATES, 2, options()),
              runnable -> new Thread(runnable).start()));
    }
    BatchTuning first = slots.get(0).join();
    int runs = embedder.runs.get();

    assertThat(slots).allSatisfy(slot -> assertThat(slot.join()).isEqualTo(first));
    assertThat(Calibration.choose(embedder, CANDIDATES, 2, options())).isEqualTo(first);
    assertThat(runs).isPositive();
    assertThat(embedder.runs).hasValue(runs);
  }

  @Test
  void keepsTheResultForTheNextProcess() {
    CalibrationKey key = new CalibrationKey("a".repeat(64), "cpu", 2, 1, 100);

    new CalibrationFile(folder, key).write(LARGE);

    assertThat(new CalibrationFile(folder, key).read()).isEqualTo(LARGE);
    assertThat(folder.toFile().list())
        .containsExactly("aaaaaaaaaaaaaaaa-cpu-2-cores-1-slots-100-ms.json");
    assertThat(
            new CalibrationFile(folder, new CalibrationKey("a".repeat(64), "cpu", 4, 1, 100))
                .read())
        .isNull();
  }

  @Test
  void ignoresAFileOfAnotherModelWithTheSameFirstDigits() {
    String digits = "a".repeat(16);
    new CalibrationFile(folder, new CalibrationKey(digits + "b", "cpu", 2, 1, 100)).write(LARGE);

    assertThat(
            new CalibrationFile(folder, new CalibrationKey(digits + "c", "cpu", 2, 1, 100)).read())
        .isNull();
  }

  @Test
  void measuresAnewWhenTheFileCannotBeRead() throws IOException {
    var embedder = new CountingEmbedder();
    CalibrationFile file = new CalibrationFile(folder, embedder.key());
    for (String damaged : List.of("", "{", "{\"key\":null}", "\u0000\u0001")) {
      Files.writeString(file.path(), damaged);

      assertThat(file.read()).as(damaged).isNull();
    }

    assertThat(Calibration.choose(embedder, CANDIDATES, 1, options())).isIn(CANDIDATES);
    assertThat(embedder.runs.get()).isPositive();
    assertThat(file.read()).isIn(CANDIDATES);
  }

  @Test
  void doesWithoutAFolderThatCannotBeWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    var options = new CalibrationOptions(Duration.ofMillis(100), file.resolve("below").toString());

    assertThat(Calibration.choose(new CountingEmbedder(), CANDIDATES, 1, options)).isIn(CANDIDATES);
  }

  @Test
  void usesTheResultOfAnEarlierProcessWithoutMeasuring() {
    var embedder = new CountingEmbedder();
    new CalibrationFile(folder, embedder.key()).write(SMALL);

    assertThat(Calibration.choose(embedder, CANDIDATES, 1, options())).isEqualTo(SMALL);
    assertThat(embedder.runs).hasValue(0);
  }

  @Test
  void measuresAnewIfTheKeptResultIsNotAllowedAnyMore() {
    var embedder = new CountingEmbedder();
    new CalibrationFile(folder, embedder.key()).write(new BatchTuning(2048, 1));

    assertThat(Calibration.choose(embedder, CANDIDATES, 1, options())).isIn(CANDIDATES);
    assertThat(embedder.runs.get()).isPositive();
  }

  @Test
  void leavesNoThreadAndFailsWithTheRuntime() {
    var broken = new CountingEmbedder();
    broken.failure = new InferenceException("broken by the test");

    assertThatThrownBy(() -> Calibration.choose(broken, CANDIDATES, 3, options()))
        .isInstanceOf(InferenceException.class)
        .hasMessage("The runtime fails on texts of the calibration.")
        .hasRootCauseMessage("broken by the test");
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("calibration-"));
  }

  private CalibrationOptions options() {
    return new CalibrationOptions(Duration.ofMillis(100), folder.toString());
  }

  private static BatchTuning choose(Map<BatchTuning, Double> tokensPerSecond) {
    return CalibrationRun.choose(
        CANDIDATES, candidate -> tokensPerSecond.getOrDefault(candidate, 0.0), 1.05);
  }

  /** Embeds at once, and counts its runs; each one is a model of its own. */
  private final class CountingEmbedder implements TextEmbedder {
    private final String digest = UUID.randomUUID().toString();
    private final AtomicInteger runs = new AtomicInteger();
    private volatile @Nullable RuntimeException failure;

    CalibrationKey key() {
      int cores = Runtime.getRuntime().availableProcessors();
      return new CalibrationKey(digest, "cpu", cores, 1, options().limit().toMillis());
    }

    @Override
    public Device device() {
      return Device.CPU;
    }

    @Override
    public TokenLayout layout() {
      return TokenLayout.PADDED;
    }

    @Override
    public String modelDigest() {
      return digest;
    }

    @Override
    public TokenIds tokenise(String text, @Nullable String promptName) {
      return new TokenIds(new long[60], false);
    }

    @Override
    public List<Embedding> embed(List<TokenIds> batch) {
      runs.incrementAndGet();
      RuntimeException thrown = failure;
      if (thrown != null) {
        throw thrown;
      }
      return List.of();
    }

    @Override
    public void probe() {}

    @Override
    public void terminate() {}

    @Override
    public void close() {}
  }
}
