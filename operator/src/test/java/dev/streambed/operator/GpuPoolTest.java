package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GpuPoolTest {
  private final GpuPool pool = new GpuPool();

  @Test
  void sharesTheSlotsOutEvenly() {
    List<Integer> gpus = List.of(0, 1, 4);

    List<Integer> taken =
        IntStream.range(0, 7).mapToObj(slot -> pool.acquire(gpus).orElseThrow()).toList();

    assertThat(taken).containsExactly(0, 1, 4, 0, 1, 4, 0);
  }

  @Test
  void givesAReleasedGpuToTheNextSlot() {
    List<Integer> gpus = List.of(0, 1);
    IntStream.range(0, 4).forEach(slot -> pool.acquire(gpus));

    pool.release(1);

    assertThat(pool.acquire(gpus)).hasValue(1);
    assertThat(pool.acquire(gpus)).hasValue(0);
  }

  @Test
  void hasNothingForATaskManagerWithoutGpus() {
    assertThat(pool.acquire(List.of())).isEqualTo(OptionalInt.empty());
  }

  @Test
  void refusesToReleaseWhatNobodyHolds() {
    int gpu = pool.acquire(List.of(2)).orElseThrow();
    pool.release(gpu);

    assertThatThrownBy(() -> pool.release(gpu))
        .hasMessage("Nobody holds GPU 2: released too often.");
  }

  @Test
  void staysWithinOneSlotOfEvenWhateverIsTakenAndReleased() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      List<Integer> gpus = IntStream.range(0, 1 + random.nextInt(8)).boxed().toList();
      var taking = new GpuPool();
      Map<Integer, Integer> held = new HashMap<>();
      gpus.forEach(gpu -> held.put(gpu, 0));
      List<Integer> leases = new ArrayList<>();
      for (int step = 0; step < 50; step++) {
        if (leases.isEmpty() || random.nextInt(3) > 0) {
          int fewest = held.values().stream().mapToInt(Integer::intValue).min().orElseThrow();
          int gpu = taking.acquire(gpus).orElseThrow();
          assertThat(held.get(gpu)).as("seed %d, step %d", seed, step).isEqualTo(fewest);
          held.merge(gpu, 1, Integer::sum);
          leases.add(gpu);
        } else {
          int gpu = leases.remove(random.nextInt(leases.size()));
          taking.release(gpu);
          held.merge(gpu, -1, Integer::sum);
        }
      }
    }
  }

  @Test
  void sharesOutEvenlyToSlotsThatOpenAtOnce() throws InterruptedException {
    int slotsOfAThread = 10_000;
    Map<Integer, Integer> held = new ConcurrentHashMap<>();
    List<Thread> threads =
        IntStream.range(0, 4)
            .mapToObj(
                number ->
                    new Thread(
                        () -> {
                          for (int slot = 0; slot < slotsOfAThread; slot++) {
                            int gpu = pool.acquire(List.of(0, 1)).orElseThrow();
                            held.merge(gpu, 1, Integer::sum);
                          }
                        }))
            .toList();

    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(held).isEqualTo(Map.of(0, 20_000, 1, 20_000)); // 4 x 10,000 slots on 2 GPUs
  }
}
